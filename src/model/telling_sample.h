// Which look of a stall is shown, and explained.
#pragma once

#include "model/evidence.h"

namespace loopstall {

// Of the looks that show both the culprit and the dominant cause, the one at the end of the hottest path: the named
// line, in it the callee with most of the time, and so on. The heaviest look alone may be one long one at something
// small, where most of the time is in many short ones. Nothing when no look shows both.
const EvidenceSample* telling_sample(const Evidence& evidence);

}  // namespace loopstall
