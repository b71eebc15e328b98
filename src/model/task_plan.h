// How one process' task steps are to be counted: where to probe, and where the kernel side finds a task's identity. A
// runtime makes it (runtimes/), capture carries it out. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace loopstall {

// One instruction that the kernel emulates rather than single-steps (design.md, "Tasks").
struct ProbeSite {
  enum class What : std::uint8_t { ContextRun, ContextEnter, ContextExit, RunningLoop };
  What what = What::ContextRun;
  std::string file;          // a path that opens the mapped file also if its name is gone: /proc/PID/map_files/...
  std::uint64_t offset = 0;  // in the file
  int argument = 0;          // ContextEnter, ContextExit: the context is in this argument's register, 0 or 1
  bool operator==(const ProbeSite&) const = default;
};

// Addresses and offsets of one process; struct ls_task_plan (probes/task.h) has the same members and says more.
struct TaskPlan {
  std::uint64_t type_function = 0, type_method = 0, type_builtin = 0, type_cmethod = 0;
  std::uint64_t type_coroutine = 0, type_generator = 0, type_asend = 0, none = 0;
  std::uint64_t method_send = 0, method_throw = 0;
  std::uint32_t task_coro = 0, coro_code = 0, coro_qualname = 0;
  std::uint32_t func_code = 0, func_qualname = 0, asend_gen = 0;
  bool uvloop = false;
  bool frames_move = false;  // a function's frame is another object each time
  std::vector<ProbeSite> sites;
  bool operator==(const TaskPlan&) const = default;
};

}  // namespace loopstall
