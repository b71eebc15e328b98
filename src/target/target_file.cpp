#include "target/target_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "target/text.h"

namespace loopstall {
namespace {

constexpr int kSafeFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
constexpr std::uint64_t kMaxFileSize = 4ULL << 30;  // larger is no program
constexpr std::size_t kChunk = 128 * 1024;

Fd open_beneath(int root, const std::string& path) {
  open_how how{};
  how.flags = kSafeFlags;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: something was renamed during a ".." step; openat2(2) says to try again, and a target that renames
  // on and on must not hold us.
  for (int attempt = 0; attempt < 3; ++attempt) {
    const long fd = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    if (fd >= 0) return Fd(static_cast<int>(fd));
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return Fd();
}

}  // namespace

std::string path_in_root(const ProcFs& proc, int pid, const std::string& path) {
  const std::string root = read_link(proc.path(pid, "root"));
  return root.size() > 1 && path.starts_with(root + "/") ? path.substr(root.size()) : path;
}

std::optional<TargetFile> TargetFile::from(Fd fd) {
  struct stat info {};
  if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > kMaxFileSize) return std::nullopt;
  return TargetFile(std::move(fd), size);
}

std::optional<TargetFile> TargetFile::in_root(const ProcFs& proc, int pid, const std::string& path) {
  const Fd root(::open(proc.path(pid, "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return std::nullopt;
  Fd file = open_beneath(root.get(), path);
  return from(file ? std::move(file) : open_beneath(root.get(), path_in_root(proc, pid, path)));
}

std::optional<TargetFile> TargetFile::executable(const ProcFs& proc, int pid) {
  return from(Fd(::open(proc.path(pid, "exe").c_str(), kSafeFlags)));
}

std::optional<TargetFile> TargetFile::mapped(const ProcFs& proc, int pid, std::uint64_t begin, std::uint64_t end) {
  return from(Fd(::open(proc.path(pid, fmt::format("map_files/{:x}-{:x}", begin, end)).c_str(), kSafeFlags)));
}

TargetFile::Identity TargetFile::identity() const {
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec};
}

std::size_t TargetFile::read(std::uint64_t offset, void* buffer, std::size_t length) const {
  if (offset >= size_) return 0;
  std::size_t done = 0;
  while (done < length) {
    const ssize_t n =
        ::pread(fd_.get(), static_cast<char*>(buffer) + done, length - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

std::string TargetFile::text(std::uint64_t offset, std::size_t length) const {
  std::string bytes(length, '\0');
  bytes.resize(read(offset, bytes.data(), length));
  return bytes;
}

std::optional<std::uint64_t> TargetFile::search(std::uint64_t offset, std::uint64_t length,
                                                std::string_view pattern) const {
  if (pattern.empty() || offset >= size_) return std::nullopt;
  const std::uint64_t end = offset + std::min(length, size_ - offset);
  std::vector<char> buffer(kChunk);
  while (offset + pattern.size() <= end) {
    const std::size_t n = read(offset, buffer.data(), std::min<std::uint64_t>(kChunk, end - offset));
    if (const void* hit = ::memmem(buffer.data(), n, pattern.data(), pattern.size()))
      return offset + static_cast<std::uint64_t>(static_cast<const char*>(hit) - buffer.data());
    if (n < pattern.size()) break;
    offset += n - (pattern.size() - 1);  // a match may straddle two chunks
  }
  return std::nullopt;
}

}  // namespace loopstall
