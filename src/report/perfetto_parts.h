// Events of a trace in Chrome's JSON format, which Perfetto opens. Times are microseconds on CLOCK_MONOTONIC of the
// measured machine, to the nanosecond, so that the trace fits beside others of the same machine.
#pragma once

#include "report/json_parts.h"

namespace loopstall::perfetto {

inline double us(std::uint64_t ns) { return static_cast<double>(ns) / 1000; }

// Recordings of different hosts may have the same pids: those of the second one of a merged session are larger by
// 10,000,000, and so on. The kernel's end at 4,194,304.
std::int64_t pid_of(const Summary& summary, const Loop& loop);

// Names of processes and threads.
void add_names(Json& events, const Summary& summary);
// Utilization and the 99th percentile of busy time over the session.
void add_counters(Json& events, const LoopSummary& loop, std::int64_t pid);
// The stall as a slice, in it its causes; `number` tells it from all others.
void add_stall(Json& events, const Stall& stall, std::int64_t pid, std::size_t number);

}  // namespace loopstall::perfetto
