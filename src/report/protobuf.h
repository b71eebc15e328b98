// Protocol buffers' wire format, as much as a pprof profile needs: varints and length-delimited fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loopstall {

class ProtoMessage {
 public:
  void number(std::uint32_t field, std::uint64_t value) {
    if (value) key(field, 0), varint(value);  // 0 is the default
  }
  void bytes(std::uint32_t field, std::string_view value) {
    key(field, 2), varint(value.size());
    bytes_ += value;
  }
  void message(std::uint32_t field, const ProtoMessage& value) { bytes(field, value.bytes_); }
  // A repeated number in packed form; also zeroes count.
  template <class Numbers>
  void packed(std::uint32_t field, const Numbers& values) {
    ProtoMessage list;
    for (const auto value : values) list.varint(static_cast<std::uint64_t>(value));
    message(field, list);
  }
  const std::string& text() const { return bytes_; }

 private:
  void key(std::uint32_t field, std::uint32_t type) { varint(field << 3 | type); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

}  // namespace loopstall
