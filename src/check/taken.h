// How much of a stall the machine took without booking it as run queue.
#pragma once

#include "model/session.h"

namespace loopstall::check {

// A hypervisor shows in two ways. Time that is neither CPU nor sleep nor run queue: nobody had it. And CPU time in
// which the thread's clock samples did not come: the guest's clock ran on, and the thread did not. (A loop that takes 3
// ms of CPU by its own thread's clock was seen to take 28 ms so, in one step of it.) The second is believed of stalls
// that computed, on loops whose samples come at all. evidence_ns: from which age on the session looks at iterations.
std::uint64_t taken_by_machine(const Stall& stall, const LoopCounters& loop, std::uint64_t evidence_ns);

}  // namespace loopstall::check
