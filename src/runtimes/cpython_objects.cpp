#include "runtimes/cpython_objects.h"

#include <algorithm>

namespace loopstall {
namespace {

// PyObject and what both types begin with: ob_type 8, length 16. PyBytesObject: ob_shash 24, then the bytes.
constexpr std::uint64_t kType = 8, kLength = 16, kState = 32, kBytesData = 32;

// The state of a str from `kind` on: kind 3 bits, compact, ascii.
struct StringState {
  std::size_t width;
  bool compact, ascii;
  bool sane() const { return compact && (width == 1 || width == 2 || width == 4) && (!ascii || width == 1); }
};

// `interned`, before the kind, is 2 bits, but 16 in builds of 3.14 after gh-128137 and before that was undone (3.14.10
// and 3.15.2 have 2). Of its values 0 to 3 the other bits are 0, and that is no kind: so the state itself tells.
constexpr std::uint32_t kInternedBits = 2, kWideInternedBits = 16;

StringState decode_state(std::uint32_t state) {
  const auto at = [&](std::uint32_t shift) {
    const auto bits = state >> shift;
    return StringState{bits & 7U, (bits >> 3 & 1U) != 0, (bits >> 4 & 1U) != 0};
  };
  return at(kInternedBits).sane() ? at(kInternedBits) : at(kWideInternedBits);
}

void append_utf8(std::string& out, std::uint32_t c) {
  if ((c >= 0xd800 && c < 0xe000) || c > 0x10ffff) c = 0xfffd;
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | c >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xf0 | c >> 18);
    tail(12), tail(6), tail(0);
  }
}

// Length of an object of that type; nullopt: it is none.
std::optional<std::uint64_t> length_of(const TargetMemory& memory, std::uint64_t address, std::uint64_t type) {
  if (address == 0 || memory.value<std::uint64_t>(address + kType) != type) return std::nullopt;
  return memory.value<std::uint64_t>(address + kLength);
}

}  // namespace

std::string utf8_from(std::string_view characters, std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i + width <= characters.size(); i += width) {
    std::uint32_t c = 0;
    for (std::size_t k = 0; k < width; ++k) c |= std::uint32_t{static_cast<std::uint8_t>(characters[i + k])} << 8 * k;
    append_utf8(out, c);
  }
  return out;
}

std::optional<std::string> python_string(const TargetMemory& memory, const PythonLayout& layout,
                                         std::uint64_t address) {
  const auto length = length_of(memory, address, layout.string_type);
  const auto state = memory.value<std::uint32_t>(address + kState);
  if (!length || !state) return std::nullopt;
  const auto s = decode_state(*state);
  if (!s.sane()) return std::nullopt;
  const auto data = address + (s.ascii ? layout.offsets.ascii_data : layout.offsets.compact_data);
  const auto characters = memory.bytes(data, std::min<std::uint64_t>(*length, kMaxPythonString) * s.width);
  if (!characters) return std::nullopt;
  return utf8_from(*characters, s.width) + (*length > kMaxPythonString ? "..." : "");
}

std::optional<std::string> python_bytes(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t address) {
  const auto length = length_of(memory, address, layout.bytes_type);
  if (!length || *length > kMaxPythonBytes) return std::nullopt;
  return memory.bytes(address + kBytesData, *length);
}

}  // namespace loopstall
