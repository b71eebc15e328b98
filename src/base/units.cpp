#include "base/units.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <optional>

namespace loopstall {
namespace {

constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;
constexpr std::uint64_t kYear = 365 * kDay;

struct Unit {
  std::string_view name;
  std::uint64_t ns;
};

constexpr std::array<Unit, 6> kUnits{
    {{"ns", 1}, {"us", kMicrosecond}, {"ms", kMillisecond}, {"s", kSecond}, {"m", kMinute}, {"h", kHour}}};

const Unit* find_unit(std::string_view name) {
  for (const Unit& unit : kUnits)
    if (unit.name == name) return &unit;
  return nullptr;
}

std::string_view take_digits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && std::isdigit(static_cast<unsigned char>(text[n]))) ++n;
  std::string_view digits = text.substr(0, n);
  text.remove_prefix(n);
  return digits;
}

// "1.5 s" cut into "1", "5" and "s".
struct Parts {
  std::string_view whole, fraction, unit;
};

std::optional<Parts> cut(std::string_view text) {
  Parts parts;
  parts.whole = take_digits(text);
  if (parts.whole.empty()) return std::nullopt;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    parts.fraction = take_digits(text);
    if (parts.fraction.empty()) return std::nullopt;
  }
  if (text.starts_with(' ')) text.remove_prefix(1);
  parts.unit = text;
  return parts;
}

std::optional<std::uint64_t> whole_ns(std::string_view digits, std::uint64_t unit_ns) {
  std::uint64_t value = 0;
  for (char digit : digits) {
    if (__builtin_mul_overflow(value, 10U, &value)) return std::nullopt;
    if (__builtin_add_overflow(value, static_cast<unsigned>(digit - '0'), &value)) return std::nullopt;
  }
  if (__builtin_mul_overflow(value, unit_ns, &value)) return std::nullopt;
  return value;
}

// Whole nanoseconds; what is finer is cut off. No floating point: 0.1s is 100,000,000 ns and not one less.
std::uint64_t fraction_ns(std::string_view digits, std::uint64_t unit_ns) {
  std::uint64_t value = 0, scale = 1;
  for (char digit : digits.substr(0, 12)) {
    value = value * 10 + static_cast<unsigned>(digit - '0');
    scale *= 10;
  }
  // An hour is 3.6e12 ns, times a fraction below 1e12: too much for 64 bits, so whole and rest are scaled apart.
  return static_cast<std::uint64_t>(static_cast<unsigned __int128>(value) * unit_ns / scale);
}

tl::unexpected<Error> refuse(std::string_view text, std::string_view why) {
  return usage_error(
      fmt::format("\"{}\" {}: write a number and a unit, such as 250ns, 500us, 10ms, 1.5s, 3m or 1h", text, why));
}

// The value in a unit with three significant digits; nothing when it rounds up to `limit` or more.
std::optional<std::string> three_digits(std::uint64_t value, std::uint64_t unit, std::uint64_t limit) {
  std::uint64_t scale = 100;
  for (unsigned decimals = 2;; --decimals, scale /= 10) {
    const auto scaled = static_cast<std::uint64_t>((static_cast<unsigned __int128>(value) * scale + unit / 2) / unit);
    if (scaled >= limit * scale) return std::nullopt;
    if (decimals == 0) return fmt::format("{}", scaled);
    if (scaled < 1000) return fmt::format("{}.{:0{}}", scaled / scale, scaled % scale, decimals);
  }
}

// "2m 05s": a time of `big` units and `small` ones. Seven columns at most while there are fewer than 100 big ones.
std::string two_parts(std::uint64_t ns, const Unit& big, const Unit& small) {
  const std::uint64_t n = (ns + small.ns / 2) / small.ns, per_big = big.ns / small.ns;
  return fmt::format("{}{} {:02}{}", n / per_big, big.name, n % per_big, small.name);
}

std::string format_long(std::uint64_t ns) {
  if (ns < kHour - kSecond / 2) return two_parts(ns, {"m", kMinute}, {"s", kSecond});
  if (ns < kDay - kMinute / 2) return two_parts(ns, {"h", kHour}, {"m", kMinute});
  if (ns < 100 * kDay - kHour / 2) return two_parts(ns, {"d", kDay}, {"h", kHour});
  if (ns < kYear) return fmt::format("{} d", ns / kDay);
  return fmt::format("{} y", ns / kYear);
}

std::string with_commas(std::uint64_t n) {
  std::string text = fmt::format("{}", n);
  for (std::size_t i = text.size(); i > 3;) text.insert(i -= 3, ",");
  return text;
}

}  // namespace

Result<std::uint64_t> parse_duration(std::string_view text) {
  const std::optional<Parts> parts = cut(text);
  if (!parts) return refuse(text, "is not a duration");
  if (parts->unit.empty()) return refuse(text, "has no unit");
  const Unit* unit = find_unit(parts->unit);
  if (!unit) return refuse(text, fmt::format("has an unknown unit \"{}\"", parts->unit));
  const std::optional<std::uint64_t> whole = whole_ns(parts->whole, unit->ns);
  std::uint64_t total = 0;
  if (!whole || __builtin_add_overflow(*whole, fraction_ns(parts->fraction, unit->ns), &total))
    return refuse(text, "is too long (584 years at most)");
  return total;
}

std::string format_duration(std::uint64_t ns) {
  if (ns < kMicrosecond) return fmt::format("{} ns", ns);
  if (auto us = three_digits(ns, kMicrosecond, 1000)) return *us + " us";
  if (auto ms = three_digits(ns, kMillisecond, 1000)) return *ms + " ms";
  if (auto s = three_digits(ns, kSecond, 60)) return *s + " s";
  return format_long(ns);
}

std::string format_count(std::uint64_t n) {
  constexpr std::array<char, 5> kPrefixes{'M', 'G', 'T', 'P', 'E'};
  if (n < 1'000'000) return with_commas(n);
  std::uint64_t unit = 1'000'000;
  for (char prefix : kPrefixes) {
    if (auto text = three_digits(n, unit, 1000)) return fmt::format("{} {}", *text, prefix);
    unit *= 1000;
  }
  return with_commas(n);  // not reached: 2^64 is 18.4 E
}

}  // namespace loopstall
