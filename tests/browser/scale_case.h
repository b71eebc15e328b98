// A long session of a busy server: more than anyone will look at, which must stay small and quick all the same.
#pragma once

#include "model/session.h"

namespace loopstall {

// An hour, a million stalls, 10,000 tasks, stacks of hundreds of functions.
Session scale_session();

// Names of 10,000 bytes, with markup, line breaks, directions and bytes that are no UTF-8, wherever a name may be.
Session hostile_session();

}  // namespace loopstall
