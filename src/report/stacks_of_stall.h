// The stacks of one listed stall; a part of stall_stacks.
#pragma once

#include "report/stall_stacks.h"

namespace loopstall {

// Outermost first. Of a wait for the GIL the frames of the thread that held it stand inside a frame that says so.
std::vector<const Frame*> frames_of(const EvidenceSample& sample);
// What stands in the place of a stack that is not known.
std::vector<const Frame*> frames_without_stack(CauseKind cause);

// ns * weight / total
std::uint64_t part_of(std::uint64_t ns, std::uint64_t weight, std::uint64_t total);

// origin: loop, stall and culprit of each. group: the stall's, whose example serves if its own looks were not kept; may
// be null.
void append_stacks(std::vector<StallStack>& stacks, const StallStack& origin, const Stall& stall,
                   const StallGroup* group);

}  // namespace loopstall
