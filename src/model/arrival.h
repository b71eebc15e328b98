// How long a request that arrives at a random moment waits for the loop to come round.
#pragma once

#include "model/histogram.h"

namespace loopstall {

struct ArrivalWaits {
  std::uint64_t p50_ns = 0, p90_ns = 0, p99_ns = 0, p999_ns = 0, max_ns = 0;
};

// busy: the iterations' busy times; idle_ns: time in the loop's wait. A moment falls into an iteration with a
// probability in proportion to its length, and then waits for what is left of it; in idle time it does not wait.
ArrivalWaits arrival_waits(const Histogram& busy, std::uint64_t idle_ns);

}  // namespace loopstall
