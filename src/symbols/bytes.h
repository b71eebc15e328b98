// Bytes that the target chose, and a reader that can not leave them. Every value is copied out once, before it is
// checked: the bytes may be a mapped file that changes under our eyes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace loopstall {

using Bytes = std::span<const std::byte>;

// The part [offset, offset + size) as far as it exists.
inline Bytes part_of(Bytes bytes, std::uint64_t offset, std::uint64_t size = ~0ULL) {
  if (offset >= bytes.size()) return {};
  const Bytes rest = bytes.subspan(static_cast<std::size_t>(offset));
  return size < rest.size() ? rest.first(static_cast<std::size_t>(size)) : rest;
}

// Reads forwards. What does not exist reads as 0 and makes ok() false for good.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes, std::uint64_t at = 0) : bytes_(bytes), at_(at) { ok_ = at <= bytes.size(); }

  bool ok() const { return ok_; }
  bool at_end() const { return !ok_ || at_ >= bytes_.size(); }
  std::uint64_t at() const { return at_; }
  void fail() { ok_ = false; }

  template <class T>
  T value() {
    T result{};
    if (!take(sizeof result)) return result;
    std::memcpy(&result, bytes_.data() + at_ - sizeof result, sizeof result);
    return result;
  }
  std::uint64_t uleb() {
    unsigned ignored = 0;
    return leb(ignored);
  }
  std::int64_t sleb() {
    unsigned bits = 0;
    const std::uint64_t raw = leb(bits);
    const bool negative = bits > 0 && bits < 64 && ((raw >> (bits - 1)) & 1) != 0;
    return static_cast<std::int64_t>(negative ? raw | (~0ULL << bits) : raw);
  }
  Bytes block(std::uint64_t size) { return take(size) ? part_of(bytes_, at_ - size, size) : Bytes(); }
  // Up to a NUL, without it; at most limit characters.
  std::string text(std::size_t limit) {
    std::string result;
    for (char c = value<char>(); ok_ && c != '\0'; c = value<char>()) {
      if (result.size() == limit) {
        fail();
        break;
      }
      result += c;
    }
    return result;
  }

 private:
  bool take(std::uint64_t size) {
    if (ok_ && size <= bytes_.size() - at_) {
      at_ += size;
      return true;
    }
    ok_ = false;
    return false;
  }
  // Bits beyond 64 are dropped, as every reader of DWARF does; the length is bounded by the bytes.
  std::uint64_t leb(unsigned& bits) {
    std::uint64_t result = 0;
    for (std::uint8_t byte = 0x80; ok_ && (byte & 0x80) != 0;) {
      byte = value<std::uint8_t>();
      if (bits < 64) result |= std::uint64_t{byte & 0x7fU} << bits;
      if (bits < 128) bits += 7;
    }
    return result;
  }

  Bytes bytes_;
  std::uint64_t at_;
  bool ok_ = true;
};

}  // namespace loopstall
