// Finds the CPython in a process, and makes sure that it is laid out as its version is.
#pragma once

#include "base/result.h"
#include "runtimes/cpython_layout.h"
#include "runtimes/cpython_memory.h"
#include "target/procfs.h"

namespace loopstall {

// The error's message is the plain reason why there are native frames only: "CPython 3.16: this version is not known".
// A Python that has only just started has no interpreter yet and is refused as well: ask again later.
Result<PythonLayout> find_python(const ProcFs& proc, const ProcessInfo& process);

// Offsets are confirmed by what the process itself says: 3.13 and later by _Py_DebugOffsets, all of them by the members
// of PyCode_Type, and up to 3.10 of PyFrame_Type; then by its interpreters and threads.
Result<> check_python(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t frame_type);

}  // namespace loopstall
