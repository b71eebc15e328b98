#include "runtimes/cpython_lines.h"

#include <limits>

namespace loopstall {
namespace {

std::uint32_t plausible(std::int64_t line) {
  return line > 0 && line <= std::numeric_limits<std::int32_t>::max() ? static_cast<std::uint32_t>(line) : 0;
}

std::uint8_t unsigned_at(std::string_view table, std::size_t i) { return static_cast<std::uint8_t>(table[i]); }
std::int8_t signed_at(std::string_view table, std::size_t i) { return static_cast<std::int8_t>(table[i]); }

// One entry of PEP 657: a first byte with bit 7 set (kind and length), then bytes without it.
class Locations {
 public:
  explicit Locations(std::string_view bytes) : rest_(bytes) {}

  bool next() {
    if (rest_.empty()) return false;
    const auto first = unsigned_at(rest_, 0);
    kind_ = first >> 3 & 15;
    length_ = 2 * ((first & 7) + 1);  // of 2-byte code units
    std::size_t size = 1;
    while (size < rest_.size() && unsigned_at(rest_, size) < 128) ++size;
    detail_ = rest_.substr(1, size - 1);
    rest_.remove_prefix(size);
    return true;
  }
  std::int64_t length() const { return length_; }
  bool has_line() const { return kind_ != 15; }
  std::int64_t line_step() const {
    if (kind_ == 13 || kind_ == 14) return signed_varint();
    return kind_ >= 10 && kind_ <= 12 ? kind_ - 10 : 0;
  }

 private:
  // Six bits a byte, lowest first; bit 6 says that there are more. The value's lowest bit is the sign.
  std::int64_t signed_varint() const {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < detail_.size() && i < 6; ++i) {
      value |= std::uint64_t{unsigned_at(detail_, i) & 63U} << 6 * i;
      if ((unsigned_at(detail_, i) & 64) == 0) break;
    }
    const auto half = static_cast<std::int64_t>(value >> 1);
    return (value & 1) != 0 ? -half : half;
  }

  std::string_view rest_, detail_;
  int kind_ = 0;
  int length_ = 0;
};

}  // namespace

std::uint32_t line_from_lnotab(std::string_view table, std::int32_t first_line, std::int32_t instr) {
  std::int64_t line = first_line, address = 0;
  for (std::size_t i = 0; i + 1 < table.size(); i += 2) {
    address += unsigned_at(table, i);
    if (address > instr) break;
    line += signed_at(table, i + 1);
  }
  return plausible(line);
}

std::uint32_t line_from_ranges(std::string_view table, std::int32_t first_line, std::int32_t instr) {
  if (instr < 0) return plausible(first_line);
  std::int64_t line = first_line, end = 0;
  for (std::size_t i = 0; i + 1 < table.size(); i += 2) {
    const auto step = signed_at(table, i + 1);
    if (step != -128) line += step;
    end += unsigned_at(table, i);
    if (instr < end) return step == -128 ? 0 : plausible(line);
  }
  return 0;
}

std::uint32_t line_from_locations(std::string_view table, std::int32_t first_line, std::int32_t instr) {
  if (instr < 0) return plausible(first_line);
  std::int64_t line = first_line, end = 0;
  for (Locations entry(table); entry.next();) {
    line += entry.line_step();
    end += entry.length();
    if (instr < end) return entry.has_line() ? plausible(line) : 0;
  }
  return 0;
}

std::uint32_t python_line(int minor, std::string_view table, std::int32_t first_line, std::int32_t instr) {
  if (minor <= 9) return line_from_lnotab(table, first_line, instr);
  return minor == 10 ? line_from_ranges(table, first_line, instr) : line_from_locations(table, first_line, instr);
}

}  // namespace loopstall
