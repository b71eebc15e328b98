// What a futex sleep waits for: a lock, or a condition variable.
#pragma once

#include <string>
#include <vector>

#include "model/evidence.h"
#include "model/raw_sample.h"

namespace loopstall {

// Lock, Condition, or Other when it is not certain. `functions` are the names of the innermost native functions,
// innermost first.
//
// The call itself seldom tells: since glibc 2.34 sem_wait and pthread_cond_wait both pass FUTEX_WAIT_BITSET with
// FUTEX_CLOCK_REALTIME (393) and value 0; before that, the untimed condition wait passed FUTEX_WAIT and 0, and a
// contended mutex passes FUTEX_WAIT and 2, as a std::latch with two to go does. So the function that was called has to
// say it.
CauseKind futex_kind(const RawSample& sample, const std::vector<std::string>& functions);

}  // namespace loopstall
