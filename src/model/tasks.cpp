#include "model/tasks.h"

#include <algorithm>

#include "model/count_blocks.h"

namespace loopstall {
namespace {

Task* find_task(Session& session, TaskId id) {
  return id.value < session.tasks.size() ? &session.tasks[id.value] : nullptr;
}

// nullptr: there is no room for one more.
TaskHandler* handler_of(Task& task, const SourceName& source) {
  auto& handlers = task.handlers;
  const auto found =
      std::find_if(handlers.begin(), handlers.end(), [&](const TaskHandler& h) { return h.source == source; });
  if (found != handlers.end()) return &*found;
  if (handlers.size() >= kHandlersKept) return nullptr;
  handlers.push_back({.source = source, .total = {}, .hold = {}});
  return &handlers.back();
}

}  // namespace

// Seen again means that more was found out about it.
void see_task(Session& session, const TaskSeen& e) {
  auto& tasks = session.tasks;
  for (std::size_t i = tasks.size(); i <= e.task.value; ++i)
    tasks.emplace_back().id.value = static_cast<std::uint32_t>(i);
  Task& task = tasks[e.task.value];
  task.loop = e.loop;
  task.kind = e.kind;
  task.source = e.source;
  task.role = e.role;
}

void add_steps(Session& session, const TaskSample& e) {
  Task* task = find_task(session, e.task);
  if (!task) return;
  task->total += e.delta;
  for (const BucketDelta& delta : e.hold) task->hold.add(delta);
  task->hold.widen(e.min_ns, e.max_ns);
  count_in_block(session, *task, e);
}

void add_handled(Session& session, const StepHandled& e) {
  Task* task = find_task(session, e.task);
  if (!task) return;
  TaskHandler* handler = handler_of(*task, e.handler);
  if (!handler) {
    ++session.loops[task->loop.value].handlers_not_kept;
    return;
  }
  handler->total += {.steps = 1, .hold_ns = e.hold_ns, .stalls = e.stall ? 1U : 0U, .split = e.split, .blame = e.blame};
  handler->hold.record(e.hold_ns);
  handler->estimated_steps += e.estimated ? 1 : 0;
  count_in_block(session, *task, *handler, e);
}

}  // namespace loopstall
