// Real CPythons that run a script which tells its own stack and then sleeps in the line that told it.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "catch.h"
#include "runtimes/cpython_find.h"
#include "target/text.h"

namespace loopstall::test {

inline std::filesystem::path pyenv_versions() {
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "" : home) / ".pyenv/versions";
}

// Where the folder is, LOOPSTALL_REQUIRE_LIVE=1 makes a version that is missing in it a failure.
inline bool may_skip_pyenv() {
  const char* require = std::getenv("LOOPSTALL_REQUIRE_LIVE");
  return require == nullptr || std::string(require) != "1" || !std::filesystem::exists(pyenv_versions());
}

// ~/.pyenv/versions/3.8.18/bin/python3.8 for "3.8"; "" if there is none.
inline std::string pyenv_python(const std::string& minor) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(pyenv_versions(), error))
    if (entry.path().filename().string().starts_with(minor + ".")) return entry.path() / ("bin/python" + minor);
  return "";
}

// The interpreter, a script, and what the script printed up to a line ".".
class PythonProgram {
 public:
  PythonProgram(const std::string& python, const std::string& script, const std::string& name = "script.py") {
    char folder[] = "/tmp/loopstall-python-XXXXXX";
    folder_ = ::mkdtemp(folder);
    path_ = folder_ + "/" + name;
    std::ofstream(path_) << script;
    start(python);
    read_lines();
  }
  ~PythonProgram() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(out_);
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  PythonProgram(const PythonProgram&) = delete;
  PythonProgram& operator=(const PythonProgram&) = delete;

  int pid() const { return pid_; }
  const std::string& path() const { return path_; }
  const std::vector<std::string>& lines() const { return lines_; }

  // pthread_self() of the main thread. The process is our own child, so stopping it does no harm.
  std::uint64_t thread_pointer() const {
    user_regs_struct registers{};
    if (::ptrace(PTRACE_SEIZE, pid_, nullptr, nullptr) != 0) return 0;
    ::ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr);
    ::waitpid(pid_, nullptr, __WALL);
    ::ptrace(PTRACE_GETREGS, pid_, nullptr, &registers);
    ::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
    return registers.fs_base;
  }

 private:
  void start(const std::string& python) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    std::string program = python, argument = path_;
    char* argv[] = {program.data(), argument.data(), nullptr};
    if (::posix_spawn(&pid_, python.c_str(), &actions, nullptr, argv, environ) != 0) pid_ = 0;
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    out_ = ends[0];
  }

  void read_lines() {
    std::string text;
    char buffer[4096];
    pollfd wait{out_, POLLIN, 0};
    while (!text.ends_with("\n.\n") && ::poll(&wait, 1, 20'000) == 1) {
      const auto n = ::read(out_, buffer, sizeof buffer);
      if (n <= 0) break;
      text.append(buffer, static_cast<std::size_t>(n));
    }
    ::usleep(100'000);  // from the last line to the sleep
    for (const auto line : split_at(text, '\n'))
      if (!line.empty() && line != ".") lines_.emplace_back(line);
  }

  std::string folder_, path_;
  pid_t pid_ = 0;
  int out_ = -1;
  std::vector<std::string> lines_;
};

struct Python {
  std::string name, path;
};

inline std::vector<Python> pythons() {
  std::vector<Python> found{{"/usr/bin/python3", ::access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : ""}};
  for (int minor = 8; minor <= 13; ++minor) {
    const auto version = fmt::format("3.{}", minor);
    found.push_back({"CPython " + version, pyenv_python(version)});
  }
  return found;
}

inline Result<PythonLayout> live_layout(int pid) {
  const auto process = ProcFs().process(pid);
  return process ? find_python(ProcFs(), *process) : Result<PythonLayout>(fail("gone"));
}

// Runs `body` for each Python that is installed; the others are named as skipped.
template <class Body>
void for_each_python(const std::string& script, const std::string& name, Body body) {
  for (const auto& python : pythons()) {
    if (python.path.empty()) {
      WARN("skipped: no " << python.name);
      CHECK((python.name.starts_with('/') || may_skip_pyenv()));
      continue;
    }
    const PythonProgram program(python.path, script, name);
    INFO(python.path);
    REQUIRE_FALSE(program.lines().empty());
    const auto layout = live_layout(program.pid());
    INFO((layout ? "" : layout.error().message));
    REQUIRE(layout);
    body(program, *layout);
  }
}

// Prints a line for each frame of its caller, then "."; returns how long to sleep.
inline const std::string kTell = R"(
import sys, time
def tell():
    f = sys._getframe(1)
    while f:
        c = f.f_code
        print(getattr(c, 'co_qualname', c.co_name), c.co_filename, f.f_lineno, c.co_firstlineno, sep='|')
        f = f.f_back
    print('.', flush=True)
    return 60
)";

}  // namespace loopstall::test
