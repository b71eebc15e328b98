// Task steps: how long each coroutine's step and each callback held the loop. Exact counts from the kernel side; a
// step's handler is known for some steps only, and how is said. All times are ns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "model/block.h"
#include "model/evidence.h"

namespace loopstall {

// The n-th task of a session, in the order in which they were seen: an index into Session::tasks. One function on two
// loops is two tasks.
using TaskId = Id<struct TaskTag>;

enum class TaskKind : std::uint8_t {
  Other = 0,     // all that there was no room for, together
  Task = 1,      // steps of a coroutine
  Callback = 2,  // call_soon and the like, transports, protocols
  Timer = 3,     // call_later, call_at
  Signal = 4,    // the loop woken up by a signal, or in asyncio by another thread: the same function does both
};
std::string_view task_kind_name(TaskKind kind);  // "other", "task", "callback", "timer", "signal", as in JSON
TaskKind task_kind_from_name(std::string_view name);

// A function by its source.
struct SourceName {
  std::string name{};      // qualified: "RequestResponseCycle.run_asgi"; "" when it is not known
  std::string file{};      // "" unknown, or none: it is in C
  std::uint32_t line = 0;  // where it begins; 0 unknown
  auto operator<=>(const SourceName&) const = default;
};

constexpr std::size_t kHandlersKept = 1024;  // of one task; steps of others stay under the task itself, and are counted

// Steps of a task that are known to have run this handler: the function of the user's own code that a framework called.
struct TaskHandler {
  SourceName source;
  TaskCounters total;
  Histogram hold;
  std::uint64_t estimated_steps = 0;  // of total.steps: known from few looks, see StepHandled
  std::vector<Shared<TaskBlock>> blocks{};
  bool operator==(const TaskHandler&) const = default;
};

struct Task {
  TaskId id;
  LoopId loop;
  TaskKind kind = TaskKind::Task;
  SourceName source;
  FrameRole role = FrameRole::Library;  // User: its own code; its handler is itself
  TaskCounters total;                   // of all its steps, with the handlers'; exact
  Histogram hold;                       // the same; buckets are 32 an octave
  std::vector<TaskHandler> handlers;
  std::vector<Shared<TaskBlock>> blocks{};  // all its steps', in order
  bool blocks_dropped = false;              // there was no room: neither it nor its handlers have blocks
  bool operator==(const Task&) const = default;
};

// ---- events ----

struct TaskSeen {
  TaskId task;
  LoopId loop;
  TaskKind kind = TaskKind::Task;
  SourceName source;
  FrameRole role = FrameRole::Library;
};

// What was counted since the previous reading.
struct TaskSample {
  TaskId task;
  TaskCounters delta;
  std::vector<BucketDelta> hold;
  std::uint64_t min_ns = 0, max_ns = 0;  // since the session's start
};

// One step, counted in a TaskSample before or after this, ran this handler.
struct StepHandled {
  TaskId task;
  SourceName handler;
  bool estimated = false;  // shorter than a stall, or seen computing less than three times: few looks tell
  std::uint64_t hold_ns = 0;
  Split split;
  bool stall = false;
  Blame blame{};
};

// Replaces the previous reading.
struct TaskCoverageRead {
  LoopId loop;
  TaskCoverage coverage;
};

}  // namespace loopstall
