#include "model/task_summary.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace loopstall {
namespace {

// A step is told to be a handler's before or after it is counted: what is taken away may not be there yet.
std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }

TaskCounters less(const TaskCounters& a, const TaskCounters& b) {
  return {.steps = less(a.steps, b.steps),
          .hold_ns = less(a.hold_ns, b.hold_ns),
          .stalls = less(a.stalls, b.stalls),
          .split = {.cpu_ns = less(a.split.cpu_ns, b.split.cpu_ns),
                    .blocked_ns = less(a.split.blocked_ns, b.split.blocked_ns),
                    .runqueue_ns = less(a.split.runqueue_ns, b.split.runqueue_ns)},
          .blame = {.total_ns = less(a.blame.total_ns, b.blame.total_ns),
                    .max_ns = a.blame.max_ns > b.blame.max_ns ? a.blame.max_ns : 0,
                    .sockets = less(a.blame.sockets, b.blame.sockets)}};
}

// The kernel side counts tasks in buckets that are twice as wide, under the even number of the two (probes/task.h).
std::vector<BucketDelta> wide(const std::vector<BucketDelta>& buckets) {
  std::vector<BucketDelta> pairs;
  for (const BucketDelta& b : buckets) {
    const std::uint32_t even = b.bucket & ~1U;
    if (pairs.empty() || pairs.back().bucket != even) pairs.push_back({even, 0, 0});
    pairs.back().count += b.count;
    pairs.back().sum_ns += b.sum_ns;
  }
  return pairs;
}

// What is left of `from`, in ascending order; both are wide.
std::vector<BucketDelta> less(const std::vector<BucketDelta>& from, const std::vector<BucketDelta>& taken) {
  std::vector<BucketDelta> left;
  auto take = taken.begin();
  for (const BucketDelta& b : from) {
    while (take != taken.end() && take->bucket < b.bucket) ++take;
    const BucketDelta gone = take != taken.end() && take->bucket == b.bucket ? *take : BucketDelta{};
    if (b.count > gone.count) left.push_back({b.bucket, b.count - gone.count, less(b.sum_ns, gone.sum_ns)});
  }
  return left;
}

// An extreme that no handler has is the rest's own; else the means of the outermost buckets are the best that is known.
Histogram less(const Histogram& all, const Histogram& handled) {
  if (!handled.count()) return all;
  Histogram rest;
  for (const BucketDelta& b : less(wide(all.buckets()), wide(handled.buckets()))) rest.add(b);
  rest.widen(all.min_ns() < handled.min_ns() ? all.min_ns() : rest.min_ns(),
             all.max_ns() > handled.max_ns() ? all.max_ns() : rest.max_ns());
  return rest;
}

using TaskBlocks = std::vector<Shared<TaskBlock>>;

TaskBlock less(TaskBlock block, const TaskBlock& taken) {
  block.counters = less(block.counters, taken.counters);
  block.hold = less(block.hold, taken.hold);
  return block;
}

// What is left of a task's blocks without those of a handler.
TaskBlocks less(const TaskBlocks& from, const TaskBlocks& taken) {
  TaskBlocks left;
  auto take = taken.begin();
  for (const Shared<TaskBlock>& block : from) {
    while (take != taken.end() && (*take)->number < block->number) ++take;
    const bool shares = take != taken.end() && (*take)->number == block->number;
    left.push_back(shares ? Shared<TaskBlock>(less(*block, **take)) : block);
  }
  return left;
}

// A copy without what makes a task large: each of its rows has one.
Task identity_of(const Task& task) {
  return {.id = task.id,
          .loop = task.loop,
          .kind = task.kind,
          .source = task.source,
          .role = task.role,
          .total = task.total,
          .hold = {},
          .handlers = {},
          .blocks = {},
          .blocks_dropped = task.blocks_dropped};
}

TaskSummary row_of(const Task& task, const TaskCounters& total, const Histogram& hold) {
  return {.task = identity_of(task), .comm = {}, .handler = {}, .total = total, .hold = distribution_of(hold)};
}

std::vector<TaskSummary> rows_of(const Task& task) {
  std::vector<TaskSummary> rows;
  TaskCounters handled;
  Histogram handled_hold;
  TaskBlocks rest = task.blocks;
  for (const TaskHandler& handler : task.handlers) {
    handled += handler.total;
    handled_hold += handler.hold;
    TaskSummary& row = rows.emplace_back(row_of(task, handler.total, handler.hold));
    row.handler = handler.source;
    row.estimated_steps = handler.estimated_steps;
    row.blocks = handler.blocks;
    rest = less(rest, handler.blocks);
  }
  if (task.total.steps <= handled.steps) return rows;
  rows.push_back(row_of(task, less(task.total, handled), less(task.hold, handled_hold)));
  rows.back().blocks = std::move(rest);
  return rows;
}

void relate(TaskSummary& row, const Loop& loop, std::size_t place) {
  row.loop = place;
  row.pid = loop.pid;
  row.tid = loop.tid;
  row.comm = loop.comm;
  row.share = ratio(row.total.hold_ns, loop.tasks.busy_ns);
  row.steps_per_s = ratio(row.total.steps, loop.tasks.measured_ns) * 1e9;
}

// A total order: a report has the same bytes each time.
bool heavier(const TaskSummary& a, const TaskSummary& b) {
  return std::tie(b.total.blame.total_ns, b.total.hold_ns, a.task.id, a.handler) <
         std::tie(a.total.blame.total_ns, a.total.hold_ns, b.task.id, b.handler);
}

}  // namespace

void add_tasks(Summary& summary, const Session& session) {
  std::map<LoopId, std::size_t> places;
  for (std::size_t i = 0; i < summary.loops.size(); ++i) places[summary.loops[i].loop.id] = i;
  for (const Task& task : session.tasks) {
    const auto place = places.find(task.loop);
    if (place == places.end()) continue;
    LoopSummary& loop = summary.loops[place->second];
    loop.steps += task.total.steps;
    loop.tasks_blame_ns += task.total.blame.total_ns;
    for (TaskSummary& row : rows_of(task)) {
      relate(row, loop.loop, place->second);
      summary.tasks.push_back(std::move(row));
    }
  }
  for (LoopSummary& loop : summary.loops) {
    loop.steps_per_iteration = ratio(loop.steps, loop.loop.tasks.iterations);
    loop.loop_blame_ns = less(loop.waited_ns, loop.tasks_blame_ns);
  }
  std::sort(summary.tasks.begin(), summary.tasks.end(), heavier);
}

}  // namespace loopstall
