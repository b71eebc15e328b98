#include "model/count_blocks.h"

#include <algorithm>

#include "probes/buckets.h"

namespace loopstall {
namespace {

static_assert(kBlocks % 2 == 0, "halve() leaves no half-filled block");

template <class Block>
using Series = std::vector<Shared<Block>>;

std::uint32_t open_block(Session& session) {
  auto& spans = session.blocks.spans;
  if (spans.empty()) spans.push_back({session.info.start_ns, session.info.start_ns});
  return static_cast<std::uint32_t>(spans.size() - 1);
}

// Blocks are shared with snapshots of the session (recording/snapshot.h): a changed one is a new one.
template <class Block, class Change>
void change(Series<Block>& series, std::uint32_t number, Change make) {
  const bool is_new = series.empty() || series.back()->number != number;
  Block block = is_new ? Block{} : *series.back();
  block.number = number;
  make(block);
  if (is_new) series.emplace_back();
  series.back() = Shared<Block>(std::move(block));
}

void merge(LoopBlock& into, const LoopBlock& next) {
  into.counters += next.counters;
  into.tasks += next.tasks;
  add(into.busy, next.busy);
  add(into.own, next.own);
}

void merge(TaskBlock& into, const TaskBlock& next) {
  into.counters += next.counters;
  add(into.hold, next.hold);
}

template <class Block>
void halve(Series<Block>& series) {
  Series<Block> half;
  for (const Shared<Block>& block : series) change(half, block->number / 2, [&](Block& into) { merge(into, *block); });
  series = std::move(half);
}

void halve(std::vector<BlockSpan>& spans) {
  for (std::size_t i = 0; i < spans.size() / 2; ++i) spans[i] = {spans[2 * i].start_ns, spans[2 * i + 1].end_ns};
  spans.resize(spans.size() / 2);
}

void halve(Session& session) {
  halve(session.blocks.spans);
  session.blocks.length_ns *= 2;
  for (Loop& loop : session.loops) halve(loop.blocks);
  for (Task& task : session.tasks) {
    halve(task.blocks);
    for (TaskHandler& handler : task.handlers) halve(handler.blocks);
  }
  session.blocks.task_buckets = count_task_buckets(session.tasks);
}

std::size_t buckets_of(const Series<TaskBlock>& series) {
  std::size_t n = 0;
  for (const Shared<TaskBlock>& block : series) n += block->hold.size();
  return n;
}

std::size_t buckets_of(const Task& task) {
  std::size_t n = buckets_of(task.blocks);
  for (const TaskHandler& handler : task.handlers) n += buckets_of(handler.blocks);
  return n;
}

void drop_blocks(Session& session, Task& task) {
  session.blocks.task_buckets -= buckets_of(task);
  task.blocks = {};
  for (TaskHandler& handler : task.handlers) handler.blocks = {};
  task.blocks_dropped = true;
}

// Those that held their loops least go, until a quarter of the room is free: this is done rarely.
void make_room(Session& session) {
  std::vector<Task*> tasks;
  for (Task& task : session.tasks)
    if (!task.blocks_dropped) tasks.push_back(&task);
  std::sort(tasks.begin(), tasks.end(), [](const Task* a, const Task* b) {
    return std::pair(a->total.hold_ns, b->id) < std::pair(b->total.hold_ns, a->id);
  });
  for (Task* task : tasks) {
    if (session.blocks.task_buckets <= kTaskBlockBuckets / 4 * 3) return;
    drop_blocks(session, *task);
  }
}

void count(Session& session, Series<TaskBlock>& series, const TaskCounters& counters, const Buckets& hold) {
  change(series, open_block(session), [&](TaskBlock& block) {
    const std::size_t before = block.hold.size();
    block.counters += counters;
    add(block.hold, hold);
    session.blocks.task_buckets += block.hold.size() - before;
  });
  if (session.blocks.task_buckets > kTaskBlockBuckets) make_room(session);
}

}  // namespace

void count_in_block(Session& session, Loop& loop, const LoopSample& e) {
  if (e.delta == LoopCounters{}) return;
  change(loop.blocks, open_block(session), [&](LoopBlock& block) {
    block.counters += e.delta;
    add(block.busy, e.busy);
    add(block.own, e.own);
  });
}

void count_in_block(Session& session, Loop& loop, const TaskCoverage& delta) {
  if (delta == TaskCoverage{}) return;
  change(loop.blocks, open_block(session), [&](LoopBlock& block) { block.tasks += delta; });
}

void count_in_block(Session& session, Task& task, const TaskSample& e) {
  if (!task.blocks_dropped) count(session, task.blocks, e.delta, e.hold);
}

// The kernel counts a task in buckets that are twice as wide, under the even number of the two; so does this.
void count_in_block(Session& session, Task& task, TaskHandler& handler, const StepHandled& e) {
  if (task.blocks_dropped) return;
  const TaskCounters counters{.steps = 1, .hold_ns = e.hold_ns, .stalls = e.stall ? 1U : 0U, .split = e.split};
  count(session, handler.blocks, counters, {{ls_bucket(e.hold_ns) & ~1U, 1, e.hold_ns}});
}

void end_reading(Session& session, std::uint64_t at_ns) {
  BlockGrid& grid = session.blocks;
  BlockSpan& open = grid.spans[open_block(session)];
  open.end_ns = std::max(open.end_ns, at_ns);
  if (open.end_ns - open.start_ns < grid.length_ns - grid.length_ns / 8) return;
  const std::uint64_t end = open.end_ns;
  if (grid.spans.size() == kBlocks) halve(session);
  grid.spans.push_back({end, end});
}

std::size_t count_task_buckets(const std::vector<Task>& tasks) {
  std::size_t n = 0;
  for (const Task& task : tasks) n += buckets_of(task);
  return n;
}

}  // namespace loopstall
