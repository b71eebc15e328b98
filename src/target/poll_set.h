// The descriptors that a thread asleep in poll or select waits for, read from its memory. The kernel side notes them at
// the next such call; a thread that has slept since before loopstall attached has made none yet.
#pragma once

#include <vector>

#include "model/values.h"
#include "target/procfs.h"

namespace loopstall {

// Empty if the thread does not sleep in a call of this kind, or its memory can not be read.
std::vector<int> sleeping_poll_set(const ProcFs& proc, int pid, int tid, Wait wait);

}  // namespace loopstall
