// Text from the target is not to be trusted: a process may name itself with escape sequences, with bytes that are
// no UTF-8, or with 300 characters. Everything that it chose passes through clean() on its way to a terminal.
#pragma once

#include <string>
#include <string_view>

namespace loopstall {

struct Rune {
  char32_t value = 0;
  std::size_t bytes = 0;
};

// The first character of a text that is not empty. A byte that is no UTF-8 is U+FFFD, one byte long.
Rune next_rune(std::string_view text);

// Terminal columns; wcwidth() is of no use, because it depends on the locale.
unsigned display_columns(std::string_view text);

// At most that many columns; "…" stands for what was cut.
std::string cut(std::string_view text, unsigned columns);

// Control characters, format characters (which reorder or hide text) and invalid bytes become U+FFFD.
std::string clean(std::string_view text);
inline std::string clean(std::string_view text, unsigned columns) { return cut(clean(text), columns); }

}  // namespace loopstall
