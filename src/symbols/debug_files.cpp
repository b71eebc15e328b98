#include "symbols/debug_files.h"

#include <unistd.h>

#include <array>
#include <vector>

namespace loopstall {
namespace {

constexpr std::size_t kMaxLinkName = 255;
constexpr std::size_t kMaxChecked = 64U << 20;  // bytes that a checksum may cost

struct DebugLink {
  std::string name;
  std::uint32_t checksum = 0;
};

// A name, padded to four bytes, and the CRC-32 of the file.
DebugLink debug_link(const ElfImage& image) {
  ByteReader reader(image.contents(".gnu_debuglink"));
  DebugLink link{reader.text(kMaxLinkName)};
  reader.block((4 - reader.at() % 4) % 4);
  link.checksum = reader.value<std::uint32_t>();
  const bool usable = reader.ok() && link.name.find('/') == link.name.npos;
  return usable ? link : DebugLink();
}

// CRC-32 of IEEE 802.3, as in gdb's gnu_debuglink_crc32.
std::uint32_t crc32(Bytes bytes) {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    table[i] = i;
    for (int bit = 0; bit < 8; ++bit) table[i] = (table[i] >> 1) ^ ((table[i] & 1) != 0 ? 0xedb88320U : 0);
  }
  std::uint32_t crc = ~0U;
  for (const std::byte b : bytes) crc = table[(crc ^ static_cast<std::uint32_t>(b)) & 0xff] ^ (crc >> 8);
  return ~crc;
}

std::vector<std::string> candidates(const std::string& path, const std::string& build_id, const DebugLink& link) {
  std::vector<std::string> paths;
  if (build_id.size() > 2)
    paths.push_back("/usr/lib/debug/.build-id/" + build_id.substr(0, 2) + "/" + build_id.substr(2) + ".debug");
  const auto slash = path.rfind('/');
  if (link.name.empty() || slash == path.npos) return paths;
  const std::string folder = path.substr(0, slash + 1);
  paths.push_back(folder + link.name);
  paths.push_back(folder + ".debug/" + link.name);
  paths.push_back("/usr/lib/debug" + folder + link.name);
  return paths;
}

bool belongs(Bytes debug, const std::string& build_id, const DebugLink& link) {
  const auto image = ElfImage::parse(debug);
  if (!image) return false;
  if (!build_id.empty()) return image->build_id() == build_id;
  return !link.name.empty() && debug.size() <= kMaxChecked && crc32(debug) == link.checksum;
}

}  // namespace

std::optional<MappedFile> find_debug_file(const ProcFs& proc, int pid, const std::string& path, const ElfImage& image) {
  const DebugLink link = debug_link(image);
  for (const auto& candidate : candidates(path, image.build_id(), link)) {
    for (const int owner : {pid, ::getpid()}) {
      const auto file = TargetFile::in_root(proc, owner, candidate);
      auto mapped = file ? MappedFile::map(*file) : std::nullopt;
      if (mapped && belongs(mapped->bytes(), image.build_id(), link)) return mapped;
    }
  }
  return std::nullopt;
}

}  // namespace loopstall
