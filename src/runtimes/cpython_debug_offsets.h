// _Py_DebugOffsets: CPython 3.13 and later describe their own layout at the beginning of _PyRuntime. The description's
// own layout is known per minor version only (pycore_debug_offsets.h of 3.13 and 3.14; 3.15 by its final release).
#pragma once

#include "base/result.h"
#include "runtimes/cpython_layout.h"
#include "runtimes/cpython_memory.h"

namespace loopstall {

// Sets what may move between patch releases, and refuses a build whose frames, threads or code objects are not those
// of python_offsets(minor): a pre-release, a free-threaded or a patched one. `runtime` is the address of _PyRuntime.
Result<> apply_debug_offsets(const TargetMemory& memory, std::uint64_t runtime, int minor, PythonOffsets& offsets);

}  // namespace loopstall
