#include "report/wall_clock.h"

#include <fmt/format.h>

#include <chrono>

#include "base/units.h"

namespace loopstall {
namespace {

std::string date(std::uint64_t epoch_ns) {
  using namespace std::chrono;
  const sys_days day = floor<days>(sys_seconds(seconds(epoch_ns / kSecond)));
  const year_month_day ymd(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                     static_cast<unsigned>(ymd.day()));
}

std::string clock_time(std::uint64_t epoch_ns) {
  const std::uint64_t s = epoch_ns / kSecond % 86'400;
  return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

}  // namespace

// Unsigned on purpose: a stamp before the start wraps around and back.
std::uint64_t epoch_ns(const SessionInfo& info, std::uint64_t monotonic_ns) {
  return info.start_realtime_ns + (monotonic_ns - info.start_ns);
}

std::string rfc3339(std::uint64_t ns) { return fmt::format("{}T{}.{:09}Z", date(ns), clock_time(ns), ns % kSecond); }

std::string date_and_time(std::uint64_t ns) { return date(ns) + " " + clock_time(ns); }

std::string time_of_day(std::uint64_t ns) {
  return fmt::format("{}.{:03}", clock_time(ns), ns % kSecond / kMillisecond);
}

}  // namespace loopstall
