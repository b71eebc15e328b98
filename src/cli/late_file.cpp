#include "cli/late_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/talk.h"

namespace loopstall {

Result<LateFile> LateFile::open(const std::string& path) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  const bool is_new = static_cast<bool>(fd);
  if (!is_new && errno == EEXIST) fd = Fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd) return system_error("cannot write " + path);
  return LateFile(path, std::move(fd), is_new);
}

LateFile::~LateFile() {
  if (fd_ && is_new_) unlink(path_.c_str());
}

Result<> LateFile::write(std::string_view bytes) {
  static_cast<void>(!ftruncate(fd_.get(), 0));  // a pipe or a device has no length
  const auto written = write_all(fd_.get(), bytes);
  if (!written) return fail(fmt::format("cannot write {}: {}", path_, written.error().message));
  is_new_ = false;  // it stays
  return {};
}

}  // namespace loopstall
