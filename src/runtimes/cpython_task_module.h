// The extension modules that run tasks, asyncio's C half and uvloop: are they loaded, and laid out as is known?
#pragma once

#include <optional>

#include "base/result.h"
#include "runtimes/cpython_task_layout.h"
#include "runtimes/probe_file.h"
#include "runtimes/python_image.h"

namespace loopstall {

struct TaskModules {
  bool asyncio = false, uvloop = false;
  std::optional<MappedCode> set_running_loop;  // asyncio's C function of that name; nullopt: it is not found
};

// _asyncio is a file of its own, or, as in Debian's 3.15, part of the interpreter's. Its Task has the known size; 3.14
// and later also say where task_coro is, in a section .AsyncioDebug.
Result<TaskModules> check_task_modules(const ProcFs& proc, int pid, const TargetMemory& memory,
                                       const PythonImage& image, int minor, const PythonTaskOffsets& offsets);

}  // namespace loopstall
