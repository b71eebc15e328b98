// Tasks as capture delivers them, not yet named: session/ does that with runtimes/. See probes/task.h.
#pragma once

#include <cstdint>

#include "model/task.h"

namespace loopstall {

enum class IdentKind : std::uint8_t {  // enum ls_task_kind
  Other = 0,
  Coroutine = 1,
  Function = 2,
  Builtin = 3,
  Type = 4,
  Named = 5,
  Unreadable = 6,
  Awaited = 7,
};

// A task that was not seen before on that loop. Addresses are of the target's memory, read them soon.
struct RawTask {
  TaskId task;
  LoopId loop;
  int pid = 0;
  IdentKind kind = IdentKind::Other;
  std::uint64_t ident = 0;
  std::uint64_t qualname = 0;    // a str; 0: none
  std::uint64_t class_type = 0;  // a type; 0: none
  std::uint64_t handle = 0;      // uvloop's Handle or TimerHandle; 0: none
  bool timer = false;
};

// A long step (1 ms and more) of a task whose handlers are asked for. Its looks have the same step number.
struct RawStep {
  TaskId task;
  LoopId loop;
  int pid = 0;
  std::uint64_t step = 0;  // its number on that loop thread
  std::uint64_t end_ns = 0;
  std::uint64_t hold_ns = 0;
  Split split;
  Blame blame{};
};

}  // namespace loopstall
