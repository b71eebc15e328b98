// Names a task of asyncio, uvloop or trio from the process' memory, when it is first seen.
#pragma once

#include <optional>

#include "model/raw_task.h"
#include "runtimes/cpython_layout.h"
#include "runtimes/cpython_memory.h"

namespace loopstall {

struct NamedTask {
  TaskKind kind = TaskKind::Other;
  SourceName source;
  FrameRole role = FrameRole::Library;
  bool operator==(const NamedTask&) const = default;
};

// A coroutine or function by its qualified name, file and line; a callback in C as "Class.method" or "function"; any
// other callable by its type; uvloop's own callbacks as uvloop names them. Before 3.11 code objects do not know their
// qualified name: the coroutine's or function's is taken if it ends with the code's name (functools.wraps gives a
// function another's).
//
// nullopt: it is gone, its memory used for something else. It is then gone_task(), and the caller counts it.
std::optional<NamedTask> name_python_task(const TargetMemory& memory, const PythonLayout& layout, const RawTask& raw);
NamedTask gone_task(const RawTask& raw);

}  // namespace loopstall
