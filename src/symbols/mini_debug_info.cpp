#include "symbols/mini_debug_info.h"

#include <lzma.h>

namespace loopstall {
namespace {

constexpr std::size_t kMaxUnpacked = 16U << 20;
constexpr std::uint64_t kMaxDictionary = 32U
                                         << 20;  // xz -9 wants 65 MiB; the tools that make the section use -6 (9 MiB)

}  // namespace

std::vector<std::byte> unpack_mini_debug_info(Bytes section) {
  std::vector<std::byte> image;
  const auto* const in = reinterpret_cast<const std::uint8_t*>(section.data());
  // The size is known only after unpacking; a fixed room each time is what keeps a bomb from growing.
  for (std::size_t room = 256 * 1024; !section.empty() && room <= kMaxUnpacked; room *= 4) {
    image.resize(room);
    std::uint64_t limit = kMaxDictionary;
    std::size_t used = 0, written = 0;
    const lzma_ret result = lzma_stream_buffer_decode(&limit, 0, nullptr, in, &used, section.size(),
                                                      reinterpret_cast<std::uint8_t*>(image.data()), &written, room);
    if (result == LZMA_BUF_ERROR) continue;
    image.resize(result == LZMA_OK ? written : 0);
    image.shrink_to_fit();
    return image;
  }
  return {};
}

}  // namespace loopstall
