#include "report/utf8.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace loopstall {
namespace {

struct Range {
  char32_t first, last;
};

// C0, DEL, C1; soft hyphen, zero width and bidi controls, line separators, byte order mark, tags.
constexpr Range kHidden[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},      {0x61c, 0x61c},
                             {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},  {0x2060, 0x206f},
                             {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};
constexpr Range kCombining[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},
                                {0x64b, 0x65f},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},
                                {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
constexpr Range kWide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
                           {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
                           {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1faff}, {0x20000, 0x3fffd}};

template <std::size_t N>
bool any_holds(const Range (&ranges)[N], char32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges), [c](Range r) { return c >= r.first && c <= r.last; });
}

unsigned columns_of(char32_t c) {
  if (any_holds(kCombining, c)) return 0;
  return any_holds(kWide, c) ? 2 : 1;
}

unsigned char byte(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

std::size_t encoded_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

// Overlong forms, surrogates and what lies beyond Unicode.
bool is_valid(char32_t c, std::size_t length) {
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  return c >= kSmallest[length] && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
}

}  // namespace

Rune next_rune(std::string_view text) {
  constexpr Rune kInvalid{0xfffd, 1};
  constexpr std::array<unsigned, 5> kLeadMask{0, 0x7f, 0x1f, 0x0f, 0x07};
  const std::size_t length = encoded_length(byte(text, 0));
  if (length == 0 || length > text.size()) return kInvalid;
  char32_t c = byte(text, 0) & kLeadMask[length];
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(text, i) & 0xc0U) != 0x80U) return kInvalid;
    c = (c << 6) | (byte(text, i) & 0x3fU);
  }
  return is_valid(c, length) ? Rune{c, length} : kInvalid;
}

unsigned display_columns(std::string_view text) {
  unsigned columns = 0;
  while (!text.empty()) {
    const Rune rune = next_rune(text);
    columns += columns_of(rune.value);
    text.remove_prefix(rune.bytes);
  }
  return columns;
}

std::string cut(std::string_view text, unsigned columns) {
  if (display_columns(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t bytes = 0;
  for (unsigned used = 0; used < columns;) {
    const Rune rune = next_rune(text.substr(bytes));
    used += columns_of(rune.value);
    if (used < columns) bytes += rune.bytes;
  }
  return std::string(text.substr(0, bytes)) + "…";
}

std::string clean(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Rune rune = next_rune(text);
    const bool bad = rune.value == 0xfffd || any_holds(kHidden, rune.value);
    out += bad ? std::string_view("\uFFFD") : text.substr(0, rune.bytes);
    text.remove_prefix(rune.bytes);
  }
  return out;
}

}  // namespace loopstall
