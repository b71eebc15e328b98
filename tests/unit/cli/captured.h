// Runs the tool in this process and catches what it prints.
#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "cli/cli.h"

namespace loopstall {

class CapturedFd {
 public:
  explicit CapturedFd(int fd) : fd_(fd), saved_(dup(fd)), file_(std::tmpfile()) { dup2(fileno(file_), fd); }
  std::string finish() {
    dup2(saved_, fd_);
    close(saved_);
    std::string text(static_cast<std::size_t>(lseek(fileno(file_), 0, SEEK_END)), '\0');
    if (pread(fileno(file_), text.data(), text.size(), 0) < 0) text.clear();
    std::fclose(file_);
    return text;
  }

 private:
  int fd_, saved_;
  std::FILE* file_;
};

struct Ran {
  int code = 0;
  std::string out, err;
};

inline int run_words(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "loopstall");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return run_cli(static_cast<int>(argv.size()), argv.data());
}

inline Ran run_tool(const std::vector<std::string>& arguments) {
  CapturedFd out(STDOUT_FILENO), err(STDERR_FILENO);
  Ran ran;
  ran.code = run_words(arguments);
  ran.out = out.finish();
  ran.err = err.finish();
  return ran;
}

}  // namespace loopstall
