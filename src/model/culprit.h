// From looks at a stall to who is to blame and what the time went to. Pure: the same looks give the same answer.
#pragma once

#include <optional>

#include "model/evidence.h"
#include "model/values.h"

namespace loopstall {

// The same code, whichever line of it was running.
bool same_function(const Frame& a, const Frame& b);

// How many of the innermost frames the loop dispatched. Nothing when there is no loop in the stack.
std::optional<std::size_t> dispatched_frames(const Stack& stack);

// Roles and causes of the samples are set. What is inside the innermost Loop frame that no User frame is outside of was
// dispatched: so a loop that runs nested in a handler belongs to that handler. Somebody is named only for more than
// half of all that was looked at, and only if the looks stand for at least half of the time that was the code's own
// (not the run queue's, not stopped by a signal). A wait for the GIL is not the fault of who waited. withheld: looks
// that the budget withheld. enough_ns: so much time of the code's own is its own fault, however long the machine took
// the CPU away besides: the stall threshold.
Culprit culprit_of(const std::vector<EvidenceSample>& samples, const Split& split, std::uint64_t busy_ns,
                   std::uint64_t withheld = 0, std::uint64_t enough_ns = UINT64_MAX);

// Largest first; they add up to busy_ns. CPU and run queue are the split's. What the sleeps' looks say is fitted into
// the split's blocked time; what they leave, and what nobody booked, is Unknown.
std::vector<CauseShare> causes_of(const std::vector<EvidenceSample>& samples, const Split& split,
                                  std::uint64_t busy_ns);

// The kind with the largest sum, the syscall that has most of it, and the object where all shares of that kind have the
// same. Unknown for none.
Cause dominant_cause(const std::vector<CauseShare>& causes);
// Of the looks that show the culprit, who must be known: what that code did most of. Unknown for none.
Cause cause_of_culprit(const std::vector<EvidenceSample>& samples, const Culprit& culprit);
// Where somebody is named, what that code did: not what others did, nor that the machine took the CPU away besides.
Cause dominant_cause(const Evidence& evidence);

// Whether it is a look at what the culprit did; at anything, when nobody is named.
bool shows(const EvidenceSample& sample, const Culprit& culprit);

}  // namespace loopstall
