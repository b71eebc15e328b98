#include "causes/printable.h"

#include <cstdint>

namespace loopstall {
namespace {

std::size_t encoded_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
}

// The character that text begins with, of so many bytes; 0, which is a control character, if it is none. Overlong forms
// of two bytes have no lead, those of three and four are below the smallest.
std::uint32_t character(std::string_view text, std::size_t length) {
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  constexpr std::uint32_t kLeadMask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  if (length == 0 || length > text.size()) return 0;
  std::uint32_t value = static_cast<unsigned char>(text[0]) & kLeadMask[length];
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0U) != 0x80U) return 0;
    value = value << 6 | (byte & 0x3fU);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  return value < kSmallest[length] || value > 0x10ffff || surrogate ? 0 : value;
}

bool is_control(std::uint32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto length = encoded_length(static_cast<unsigned char>(text[0]));
    const auto c = character(text, length);
    const std::size_t used = c == 0 ? 1 : length;
    out += is_control(c) ? std::string_view("?") : text.substr(0, used);
    text.remove_prefix(used);
  }
  return out;
}

}  // namespace loopstall
