// A file that belongs to the target: its executable, a library, a file in its root. The target controls what
// stands at a path, and may swap or truncate it at any moment. So: resolved inside its root, never through a
// magic link, never blocking on a FIFO or device, regular files only, and read with bounded preads (a mapping
// of a file that is truncated meanwhile would kill us with SIGBUS).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "target/procfs.h"

namespace loopstall {

// A path from /proc/PID/maps, as the target sees it. Of a target in a chroot the kernel tells paths from our own root,
// or from that of its mount namespace if it is another; its root as well, so that much is taken off (prepend_path(),
// fs/d_path.c).
std::string path_in_root(const ProcFs& proc, int pid, const std::string& path);

class TargetFile {
 public:
  // A path as the target sees it, or as /proc/PID/maps has it. Kernels before 5.6 have no openat2: nullopt.
  static std::optional<TargetFile> in_root(const ProcFs& proc, int pid, const std::string& path);
  // What the process runs, even if it was deleted or replaced since.
  static std::optional<TargetFile> executable(const ProcFs& proc, int pid);
  // What is mapped at [begin, end), a line of /proc/PID/maps, even if it was deleted or replaced since. Needs
  // CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE.
  static std::optional<TargetFile> mapped(const ProcFs& proc, int pid, std::uint64_t begin, std::uint64_t end);

  std::uint64_t size() const { return size_; }
  int fd() const { return fd_.get(); }
  struct Identity {
    std::uint64_t device = 0, inode = 0;
    std::int64_t changed_ns = 0;  // mtime
    bool operator==(const Identity&) const = default;
  };
  Identity identity() const;
  // Bytes read; fewer than length at the end of the file.
  std::size_t read(std::uint64_t offset, void* buffer, std::size_t length) const;
  std::string text(std::uint64_t offset, std::size_t length) const;
  // True if all of a plain value could be read.
  template <class T>
  bool read_value(std::uint64_t offset, T& value) const {
    return read(offset, &value, sizeof value) == sizeof value;
  }
  // Offset of the first pattern in [offset, offset + length), read through a small buffer.
  std::optional<std::uint64_t> search(std::uint64_t offset, std::uint64_t length, std::string_view pattern) const;

 private:
  static std::optional<TargetFile> from(Fd fd);
  TargetFile(Fd fd, std::uint64_t size) : fd_(std::move(fd)), size_(size) {}
  Fd fd_;
  std::uint64_t size_;
};

}  // namespace loopstall
