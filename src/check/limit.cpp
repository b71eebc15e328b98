#include "check/limit.h"

#include <fmt/format.h>

#include <charconv>

#include "base/units.h"

namespace loopstall::check {
namespace {

tl::expected<double, std::string> number_in(std::string text, bool share) {
  const auto* const what = share ? "a share such as 80% or 0.8" : "a number such as 0 or 10";
  const bool percent = share && text.ends_with('%');
  if (percent) text.pop_back();
  if (percent && text.ends_with(' ')) text.pop_back();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0))
    return tl::unexpected(fmt::format("\"{}{}\" is not {}", text, percent ? "%" : "", what));
  if (percent) value /= 100;
  if (share && value > 1) return tl::unexpected(fmt::format("{} is more than the whole; {}", value, what));
  return value;
}

}  // namespace

tl::expected<double, std::string> parse_limit(const std::string& text, Unit unit) {
  if (unit != Unit::Time) return number_in(text, unit == Unit::Share);
  if (text == "0") return 0;
  const auto ns = parse_duration(text);
  if (!ns) return tl::unexpected(ns.error().message);
  return static_cast<double>(*ns);
}

}  // namespace loopstall::check
