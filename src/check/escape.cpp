#include "check/escape.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/utf8.h"

namespace loopstall::check {
namespace {

struct Escape {
  char sign;
  std::string_view instead;
};

template <std::size_t N>
std::string escaped(std::string_view text, const Escape (&escapes)[N]) {
  std::string out;
  for (const char c : text) {
    const auto* const escape =
        std::find_if(std::begin(escapes), std::end(escapes), [c](const Escape& e) { return e.sign == c; });
    if (escape == std::end(escapes))
      out += c;
    else
      out += escape->instead;
  }
  return out;
}

// Line breaks stay; other control characters go.
std::string clean_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += clean(text.substr(0, end));
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::size_t longest_run(std::string_view text, char sign) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) longest = std::max(longest, run = c == sign ? run + 1 : 0);
  return longest;
}

}  // namespace

// U+FFFE and U+FFFF are UTF-8, but no characters of XML.
std::string xml_text(std::string_view text) {
  static constexpr Escape kEscapes[] = {{'&', "&amp;"},  {'<', "&lt;"},    {'>', "&gt;"},
                                        {'"', "&quot;"}, {'\'', "&apos;"}, {'\n', "&#10;"}};
  std::string out = escaped(clean_lines(text), kEscapes);
  for (const std::string_view none : {"\uFFFE", "\uFFFF"})
    for (std::size_t at = out.find(none); at != std::string::npos; at = out.find(none, at))
      out.replace(at, 3, "\uFFFD");
  return out;
}

std::string markdown_text(std::string_view text) {
  static constexpr Escape kEscapes[] = {{'\\', "\\\\"}, {'|', "\\|"}, {'`', "\\`"},   {'*', "\\*"},  {'_', "\\_"},
                                        {'[', "\\["},   {']', "\\]"}, {'<', "&lt;"},  {'>', "&gt;"}, {'&', "&amp;"},
                                        {'#', "\\#"},   {'~', "\\~"}, {'@', "&#64;"}, {'!', "\\!"}};
  return escaped(clean(text), kEscapes);
}

// A pipe would end a table's cell, even in code; within code a backslash in front of it is taken away again there.
std::string markdown_code(std::string_view text) {
  const std::string inner = clean(text);
  const std::string fence(longest_run(inner, '`') + 1, '`');
  const bool pad = inner.starts_with('`') || inner.ends_with('`') || inner.empty();
  static constexpr Escape kPipe[] = {{'|', "\\|"}};
  return fmt::format("{0}{1}{2}{1}{0}", fence, pad ? " " : "", escaped(inner, kPipe));
}

std::string workflow_data(std::string_view text) {
  static constexpr Escape kEscapes[] = {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}};
  return escaped(clean_lines(text), kEscapes);
}

std::string workflow_property(std::string_view text) {
  static constexpr Escape kEscapes[] = {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}, {':', "%3A"}, {',', "%2C"}};
  return escaped(clean_lines(text), kEscapes);
}

}  // namespace loopstall::check
