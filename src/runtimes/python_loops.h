// Whose event loops run in a CPython process now, told by the functions on its threads' stacks. What is imported tells
// little: asyncio comes with anyio, starlette and many others, whoever runs the loop.
#pragma once

#include "model/evidence.h"
#include "runtimes/cpython_layout.h"
#include "runtimes/cpython_memory.h"

namespace loopstall {

struct PythonLoops {
  bool asyncio = false, trio = false;
  bool operator==(const PythonLoops&) const = default;
};

PythonLoops loops_on(const Stack& stack);

// The threads run meanwhile, so what is inside a loop may be misread; the loop itself stays where it is. Of many
// threads only the oldest are looked at: the main thread is first.
PythonLoops running_loops(const TargetMemory& memory, const PythonLayout& layout);

}  // namespace loopstall
