#include "runtimes/declared_type.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace loopstall {
namespace {

constexpr std::uint64_t kLimit = 32 << 20;
constexpr std::size_t kMaxHits = 16;
constexpr std::int32_t kMinBytes = 16, kMaxBytes = 4096;

struct Block {
  std::uint64_t begin = 0;
  std::string bytes;
};

// What of a file's mappings can be read and is no code.
std::vector<Block> data_of(const TargetMemory& memory, std::span<const FileMapping> mappings) {
  std::vector<Block> blocks;
  std::uint64_t left = kLimit;
  for (const auto& mapping : mappings) {
    const auto length = std::min(mapping.end - mapping.begin, left);
    if (mapping.executable || length == 0) continue;
    if (auto bytes = memory.bytes(mapping.begin, length)) blocks.push_back({mapping.begin, std::move(*bytes)});
    left -= length;
  }
  return blocks;
}

std::vector<std::uint64_t> addresses_of(const std::vector<Block>& blocks, const std::string& text) {
  std::vector<std::uint64_t> found;
  for (const auto& block : blocks)
    for (auto at = block.bytes.find(text); at != block.bytes.npos && found.size() < kMaxHits;
         at = block.bytes.find(text, at + 1))
      found.push_back(block.begin + at);
  return found;
}

template <class T>
T value_at(const Block& block, std::size_t at) {
  T value{};
  std::memcpy(&value, block.bytes.data() + at, sizeof value);
  return value;
}

// What begins with a pointer to the name: visit(block, offset behind the pointer), with `bytes` there.
template <class Visit>
void each_named(const TargetMemory& memory, std::span<const FileMapping> mappings, std::string_view name,
                std::size_t bytes, Visit visit) {
  const auto blocks = data_of(memory, mappings);
  const auto names = addresses_of(blocks, std::string(name) + '\0');
  if (names.empty()) return;
  for (const auto& block : blocks)
    for (std::size_t at = 0; at + 8 + bytes <= block.bytes.size(); at += 8)
      if (std::find(names.begin(), names.end(), value_at<std::uint64_t>(block, at)) != names.end())
        visit(block, at + 8);
}

}  // namespace

std::vector<std::int32_t> declared_basicsizes(const TargetMemory& memory, std::span<const FileMapping> mappings,
                                              std::string_view name) {
  std::vector<std::int32_t> sizes;
  each_named(memory, mappings, name, 4, [&](const Block& block, std::size_t at) {
    const auto size = value_at<std::int32_t>(block, at);
    if (size >= kMinBytes && size <= kMaxBytes && size % 8 == 0) sizes.push_back(size);
  });
  return sizes;
}

std::vector<std::uint64_t> declared_functions(const TargetMemory& memory, std::span<const FileMapping> mappings,
                                              std::string_view name, std::int32_t flags) {
  std::vector<std::uint64_t> functions;
  each_named(memory, mappings, name, 12, [&](const Block& block, std::size_t at) {
    if (value_at<std::int32_t>(block, at + 8) == flags) functions.push_back(value_at<std::uint64_t>(block, at));
  });
  return functions;
}

}  // namespace loopstall
