#include "model/block_values.h"

#include <algorithm>

namespace loopstall {
namespace {

// A block shorter than half of the others is the session's last, and belongs to the one before it.
constexpr std::uint64_t kShortDivisor = 2;

std::uint64_t length_of(const BlockSpan& span) { return span.end_ns - span.start_ns; }

BlockValues& operator+=(BlockValues& to, const BlockValues& from) {
  add(to.values, from.values);
  to.runqueue_ns += from.runqueue_ns;
  to.length_ns += from.length_ns;
  return to;
}

Blocks without_short_end(Blocks blocks, const BlockGrid& grid) {
  if (blocks.size() < 2 || length_of(grid.spans.back()) >= grid.length_ns / kShortDivisor) return blocks;
  blocks[blocks.size() - 2] += blocks.back();
  blocks.pop_back();
  return blocks;
}

// The part of each block in which the loop was there.
std::vector<std::uint64_t> watched(const Summary& summary, const Loop& loop) {
  std::vector<std::uint64_t> lengths;
  const std::uint64_t end = loop.closed_ns ? loop.closed_ns : UINT64_MAX;
  for (const BlockSpan& span : summary.blocks.spans) {
    const std::uint64_t from = std::max(span.start_ns, loop.seen_ns), to = std::min(span.end_ns, end);
    lengths.push_back(to > from ? to - from : 0);
  }
  return lengths;
}

std::vector<std::uint64_t> measured(const Summary& summary, const Loop& loop) {
  std::vector<std::uint64_t> lengths(summary.blocks.spans.size());
  for (const Shared<LoopBlock>& block : loop.blocks) lengths[block->number] = block->tasks.measured_ns;
  return lengths;
}

Blocks blocks_of(const std::vector<std::uint64_t>& lengths) {
  Blocks blocks(lengths.size());
  for (std::size_t i = 0; i < lengths.size(); ++i) blocks[i].length_ns = lengths[i];
  return blocks;
}

Blocks loop_blocks(const Summary& summary, const LoopSummary& loop, Buckets LoopBlock::*values, bool with_runqueue) {
  Blocks blocks = blocks_of(watched(summary, loop.loop));
  for (const Shared<LoopBlock>& block : loop.loop.blocks) {
    blocks[block->number].values = (*block).*values;
    if (with_runqueue) blocks[block->number].runqueue_ns = block->counters.split.runqueue_ns;
  }
  return without_short_end(std::move(blocks), summary.blocks);
}

}  // namespace

Blocks own_blocks(const Summary& summary, const LoopSummary& loop) {
  return loop_blocks(summary, loop, &LoopBlock::own, false);
}

Blocks busy_blocks(const Summary& summary, const LoopSummary& loop) {
  return loop_blocks(summary, loop, &LoopBlock::busy, true);
}

Blocks hold_blocks(const Summary& summary, const TaskSummary& task) {
  if (task.task.blocks_dropped) return {};
  Blocks blocks = blocks_of(measured(summary, summary.loops[task.loop].loop));
  for (const Shared<TaskBlock>& block : task.blocks) {
    blocks[block->number].values = block->hold;
    blocks[block->number].runqueue_ns = block->counters.split.runqueue_ns;
  }
  return without_short_end(std::move(blocks), summary.blocks);
}

Blocks operator+(Blocks a, const Blocks& b) {
  a.resize(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < b.size(); ++i) a[i] += b[i];
  return a;
}

Blocks measured_only(Blocks blocks) {
  std::erase_if(blocks, [](const BlockValues& block) { return block.length_ns == 0 && block.values.empty(); });
  return blocks;
}

std::size_t occupied(const Blocks& blocks) {
  const auto has_values = [](const BlockValues& block) { return !block.values.empty(); };
  return static_cast<std::size_t>(std::count_if(blocks.begin(), blocks.end(), has_values));
}

}  // namespace loopstall
