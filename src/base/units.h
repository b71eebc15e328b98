// Times are std::uint64_t nanoseconds everywhere; text with units exists only at the edge, through here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loopstall {

constexpr std::uint64_t kMicrosecond = 1'000;
constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kSecond = 1'000'000'000;

// "500us", "10ms", "2s", "1.5s", "3m", "1h", "250ns", also "10 ms". A number without a unit is refused: 10 what?
// What is finer than a nanosecond is cut off. The error is a usage error that names the accepted forms.
Result<std::uint64_t> parse_duration(std::string_view text);

// Three significant digits and a unit, never longer than 7 columns: "812 ms", "1.53 s", "47.0 us", "2m 05s",
// "3h 07m".
std::string format_duration(std::uint64_t ns);

// "123,456"; from a million up three significant digits: "12.3 M", "1.23 G". Never longer than 7 columns.
std::string format_count(std::uint64_t n);

}  // namespace loopstall
