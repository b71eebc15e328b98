// One stack out of the kernel's, the native and the Python part: Python frames in place of the interpreter's own.
#pragma once

#include "model/evidence.h"

namespace loopstall {

// All innermost first. native: kept as it is when there are no Python frames; else only what the innermost Python frame
// called is, without the interpreter's glue.
Stack mixed_stack(Stack kernel, Stack native, Stack python);

}  // namespace loopstall
