// Queue delay: how long sockets with data ready waited until the loop thread read from them, and whose work it was that
// they waited for. All times are ns.
#pragma once

#include <cstdint>
#include <vector>

#include "base/id.h"
#include "model/histogram.h"

namespace loopstall {

// The waiting that one piece of work inflicted on sockets with data ready.
struct Blame {
  std::uint64_t total_ns = 0;  // of all of them together, exact
  std::uint64_t max_ns = 0;    // the longest wait of one
  std::uint64_t sockets = 0;   // how many waited for 1 ms and more
  Blame& operator+=(const Blame& o);
  bool operator==(const Blame&) const = default;
};

// What the kernel counted for one loop. Deltas and totals are the same type. What is held here adds up: the waiting of
// sockets while iterations were open, and while the loop slept or was on its way to wake up.
struct QueueCounters {
  std::uint64_t waited_ns = 0;   // all waiting, also of sockets that were never read
  std::uint64_t held_ns = 0;     // of it: while iterations were open
  std::uint64_t stalled_ns = 0;  // of that: in iterations that became stalls
  // Not in waited_ns: before it was known whose socket it is, or while the loop fell asleep.
  std::uint64_t early_ns = 0;
  std::uint64_t unread = 0;         // sockets that were closed, or that the loop did not ask for
  std::uint64_t elsewhere = 0;      // read by another thread
  std::uint64_t own_waits = 0;      // read by a handler that had itself waited for the data: no queue delay
  std::uint64_t refused = 0;        // SYNs and ACKs dropped at its listeners, each retry again
  std::uint64_t backlog_most = 0;   // most connections in a queue at an accept, since the session's start, ...
  std::uint64_t backlog_limit = 0;  // ... and what its backlog was
  QueueCounters& operator+=(const QueueCounters& o);
  QueueCounters& operator-=(const QueueCounters& o);
  bool operator==(const QueueCounters&) const = default;
};

struct QueueDelay {
  bool measured = false;  // false: the kernel, or the user, did not allow it
  QueueCounters total;
  Histogram delay;   // of reads
  Histogram accept;  // of TCP connections, from established to accepted
  bool operator==(const QueueDelay&) const = default;
};

// ---- events ----

// What was counted since the previous reading.
struct QueueSample {
  LoopId loop;
  QueueCounters delta;
  std::vector<BucketDelta> delay, accept;
  std::uint64_t delay_min_ns = 0, delay_max_ns = 0;  // since the session's start
  std::uint64_t accept_min_ns = 0, accept_max_ns = 0;
};

}  // namespace loopstall
