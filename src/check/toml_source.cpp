#include "check/toml_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/utf8.h"

namespace loopstall::check {
namespace {

constexpr unsigned kWidest = 120;

// The byte at which the character `column` begins.
std::size_t byte_of(std::string_view line, std::uint32_t column) {
  std::size_t at = 0;
  for (std::uint32_t i = 1; i < column && at < line.size(); ++i) at += next_rune(line.substr(at)).bytes;
  return at;
}

std::uint32_t characters(std::string_view text) {
  std::uint32_t n = 0;
  for (; !text.empty(); ++n) text.remove_prefix(next_rune(text).bytes);
  return n;
}

}  // namespace

std::uint32_t column_of(std::string_view text, std::size_t offset) { return 1 + characters(text.substr(0, offset)); }

std::string marked(std::string_view line, std::uint32_t column) {
  std::string spaced(line);
  std::replace(spaced.begin(), spaced.end(), '\t', ' ');
  const unsigned before = display_columns(clean(std::string_view(spaced).substr(0, byte_of(spaced, column))));
  if (before >= kWidest) return "  " + clean(spaced, kWidest);
  return fmt::format("  {}\n  {:>{}}", clean(spaced, kWidest), "^", before + 1);
}

std::string_view TomlSource::line(std::uint32_t number) const {
  std::string_view rest = text_;
  for (std::uint32_t i = 1; i < number; ++i) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

tl::unexpected<Error> TomlSource::mistake(Place at, const std::string& message) const {
  return usage_error(
      fmt::format("{}:{}:{}: {}\n{}", name_, at.line, at.column, message, marked(line(at.line), at.column)));
}

Place TomlSource::inside(Place string, std::string_view value, std::size_t offset) const {
  const std::string_view source = line(string.line);
  const std::size_t quote = byte_of(source, string.column);
  const bool verbatim = quote < source.size() && source.substr(quote + 1).starts_with(value);
  if (!verbatim) return string;
  return {string.line, string.column + column_of(value, offset)};
}

}  // namespace loopstall::check
