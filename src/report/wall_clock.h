// The stamps of a session are CLOCK_MONOTONIC; people and logs know the time of day. All in UTC.
#pragma once

#include <cstdint>
#include <string>

#include "model/session.h"

namespace loopstall {

// Unix epoch ns of a CLOCK_MONOTONIC stamp, which may lie before the session's start.
std::uint64_t epoch_ns(const SessionInfo& info, std::uint64_t monotonic_ns);

std::string rfc3339(std::uint64_t epoch_ns);        // "2026-03-01T12:00:00.123456789Z"
std::string date_and_time(std::uint64_t epoch_ns);  // "2026-03-01 12:00:00"
std::string time_of_day(std::uint64_t epoch_ns);    // "12:00:00.123"

}  // namespace loopstall
