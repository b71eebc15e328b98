// What stands outside a loop that has no Python frame of its own: uvloop's run_forever() and run_until_complete().
#pragma once

#include <span>
#include <vector>

#include "evidence/native_roles.h"
#include "model/raw_sample.h"

namespace loopstall {

// Whether uvloop's own code is among the calls.
bool runs_uvloop(const std::vector<NativeCall>& calls);

// How many of the outermost frames are also there in the loop's own wait: who called the loop, and its callers.
// in_loop: it is known that the loop runs. Else the innermost of them may have begun to do something else, as what runs
// a loop a second time does in between; it counts if it still is at the call.
std::size_t frames_outside(std::span<const RawPythonFrame> frames, std::span<const RawPythonFrame> at_wait,
                           bool in_loop);

}  // namespace loopstall
