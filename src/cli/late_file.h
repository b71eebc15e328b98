// A file that is opened before anything is measured, written afterwards, and removed again if nothing comes of it.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace loopstall {

class LateFile {
 public:
  static Result<LateFile> open(const std::string& path);
  LateFile(LateFile&&) noexcept = default;
  LateFile& operator=(LateFile&&) = delete;
  ~LateFile();

  Result<> write(std::string_view bytes);

 private:
  LateFile(std::string path, Fd fd, bool is_new) : path_(std::move(path)), fd_(std::move(fd)), is_new_(is_new) {}
  std::string path_;
  Fd fd_;
  bool is_new_;
};

}  // namespace loopstall
