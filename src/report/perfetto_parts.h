// Events of a trace in Chrome's JSON format, which Perfetto opens. Times are microseconds on CLOCK_MONOTONIC of the
// measured machine, to the nanosecond, so that the trace fits beside others of the same machine.
#pragma once

#include "report/json_parts.h"

namespace loopstall::perfetto {

inline double us(std::uint64_t ns) { return static_cast<double>(ns) / 1000; }

// Names of processes and threads.
void add_names(Json& events, const Summary& summary);
// Utilization and the 99th percentile of busy time over the session.
void add_counters(Json& events, const LoopSummary& loop);
// The stall as a slice, in it its causes; `number` tells it from all others.
void add_stall(Json& events, const Stall& stall, std::size_t number);

}  // namespace loopstall::perfetto
