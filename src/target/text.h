// Small readers for the text that the kernel prints under /proc.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/path.h"

namespace loopstall {

// The first `limit` bytes; nullopt if the file can't be opened or read (gone, or not permitted).
std::optional<std::string> read_text(const std::string& path, std::size_t limit = 64 * 1024);

// The numeric names in a directory, ascending; empty if it can't be read.
std::vector<int> list_numbers(const std::string& path);

// Target of a symbolic link; empty, with errno set, if there is none.
std::string read_link(const std::string& path);

// Split at runs of blanks; split_at keeps empty parts.
std::vector<std::string_view> split_words(std::string_view text);
std::vector<std::string_view> split_at(std::string_view text, char separator);

// The whole of text as one number, or nullopt.
template <class T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "0x7ffc" as printed by %#lx or %p.
std::optional<std::uint64_t> parse_hex(std::string_view text);

}  // namespace loopstall
