// A part of a session as a session of its own, so that summarize() makes its numbers as it makes those of the whole.
#pragma once

#include "model/session.h"

namespace loopstall {

// What had been counted at one moment.
struct Reading {
  std::uint64_t at_ns = 0;  // CLOCK_MONOTONIC; of the session's last tick
  std::vector<Loop> loops;  // without timelines and blocks
  bool detailed = false;    // with the following, which can be many
  std::vector<Task> tasks{};
  std::vector<StallGroup> groups{};
  std::vector<Request> requests{};
};

Reading reading_of(const Session& session, bool detailed);

// What was counted since `before`: loops, and tasks, groups and requests if it was detailed, but no stalls, timelines
// and blocks. Counts, sums and quantiles are exact as ever. Extremes are those of the buckets' means, but for those
// that are new: these are exact.
Session since(const Reading& before, const Session& session);

}  // namespace loopstall
