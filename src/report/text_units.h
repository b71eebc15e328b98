// Numbers as the text report writes them. Durations and counts are base/units.h's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace loopstall {

// "42 %", "<1 %"; "–" for nothing at all, so that a table's noughts do not shout.
std::string percent(std::uint64_t part, std::uint64_t whole);
// "42.1 %", "<0.1 %", "0 %", "100 %"; share in [0, 1].
std::string percent1(double share);
// "1,234", "56.7", "3.21", "0": three digits are enough of a rate.
std::string decimal(double value);
// "10 ms" where format_duration says "10.0 ms": for thresholds and edges, which people chose round.
std::string round_duration(std::uint64_t ns);
// Time from `from` to `to`, 0 if it lies before: "3.20 s".
std::string time_between(std::uint64_t from_ns, std::uint64_t to_ns);
// "3.1 MB", "18 MB"
std::string format_bytes(std::uint64_t n);
// "1 stall", "2 stalls", "12,345 stalls"
std::string counted(std::uint64_t n, std::string_view noun);

}  // namespace loopstall
