// The memory of a thread that slept already when a look was taken at it: read here, from outside.
#pragma once

#include <optional>

#include "model/raw_sample.h"
#include "runtimes/cpython_layout.h"
#include "runtimes/cpython_memory.h"
#include "target/procfs.h"

namespace loopstall {

// Fills stack and Python frames of a look that has `outside`, and clears that. False, and nothing is filled: the thread
// has run since, so that its memory is of another moment.
bool read_from_outside(const ProcFs& proc, const TargetMemory& memory, const std::optional<PythonLayout>& python,
                       RawSample& look);

}  // namespace loopstall
