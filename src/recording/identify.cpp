#include "recording/identify.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <string_view>

#include "base/fd.h"
#include "recording/schema.h"

namespace loopstall {
namespace {

// https://www.sqlite.org/fileformat2.html#the_database_header: big-endian 32-bit fields.
using Header = std::array<unsigned char, 100>;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kPageSize = 16, kPages = 28, kUserVersion = 60, kApplicationId = 68;

std::uint32_t big_endian(const Header& header, std::size_t at) {
  return std::uint32_t{header[at]} << 24 | std::uint32_t{header[at + 1]} << 16 | std::uint32_t{header[at + 2]} << 8 |
         std::uint32_t{header[at + 3]};
}

FileIdentity identify_header(const Header& header, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(header.data()), size);
  if (!text.starts_with(kMagic)) return {.kind = FileKind::Foreign};
  if (size < header.size()) return {.kind = FileKind::Stub};
  if (big_endian(header, kApplicationId) != kRecordingApplicationId) return {.kind = FileKind::ForeignDatabase};
  const std::uint64_t page_size = big_endian(header, kPageSize) >> 16;  // a 16-bit field; we never make 64 KiB pages
  return {FileKind::Recording, big_endian(header, kUserVersion), 0, page_size * big_endian(header, kPages)};
}

FileIdentity identify_mode(mode_t mode) {
  if (S_ISDIR(mode)) return {.kind = FileKind::Directory};
  return {.kind = FileKind::Special};
}

}  // namespace

Result<FileIdentity> identify(const std::string& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));  // a FIFO must not hold us up
  if (!fd && errno == ENOENT) return FileIdentity{.kind = FileKind::Missing};
  if (!fd) return system_error(path);
  struct stat st {};
  if (::fstat(fd.get(), &st) < 0) return system_error(path);
  if (!S_ISREG(st.st_mode)) return identify_mode(st.st_mode);
  if (!st.st_size) return FileIdentity{.kind = FileKind::Empty};
  Header header{};
  const ssize_t n = ::pread(fd.get(), header.data(), header.size(), 0);
  if (n < 0) return system_error(path);
  FileIdentity identity = identify_header(header, static_cast<std::size_t>(n));
  identity.size = static_cast<std::uint64_t>(st.st_size);
  return identity;
}

}  // namespace loopstall
