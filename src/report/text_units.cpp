#include "report/text_units.h"

#include <fmt/format.h>

#include <cmath>

#include "base/units.h"

namespace loopstall {

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) return "–";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return share < 0.5 ? "<1 %" : fmt::format("{:.0f} %", share);
}

std::string percent1(double share) {
  if (share <= 0) return "0 %";
  if (share >= 0.9995) return fmt::format("{:.0f} %", 100 * share);
  return share < 0.0005 ? "<0.1 %" : fmt::format("{:.1f} %", 100 * share);
}

std::string decimal(double value) {
  if (value <= 0) return "0";
  if (value >= 99.95) return format_count(static_cast<std::uint64_t>(std::llround(value)));
  return value >= 9.995 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::string round_duration(std::uint64_t ns) {
  const std::string text = format_duration(ns);
  const std::size_t point = text.find('.'), unit = text.find(' ');
  if (point == std::string::npos || unit == std::string::npos || unit < point) return text;
  const std::size_t last = text.find_last_not_of('0', unit - 1);
  return text.substr(0, last == point ? point : last + 1) + text.substr(unit);
}

std::string time_between(std::uint64_t from_ns, std::uint64_t to_ns) {
  return format_duration(to_ns > from_ns ? to_ns - from_ns : 0);
}

std::string format_bytes(std::uint64_t n) {
  const double kilo = static_cast<double>(n) / 1000;
  if (kilo < 999.5) return fmt::format("{:.0f} kB", kilo);
  return kilo < 9950 ? fmt::format("{:.1f} MB", kilo / 1000) : fmt::format("{:.0f} MB", kilo / 1000);
}

std::string counted(std::uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", format_count(n), noun, n == 1 ? "" : "s");
}

}  // namespace loopstall
