#include "diff/sides.h"

#include <algorithm>

#include "base/units.h"

namespace loopstall {
namespace {

Histogram histogram_of(const Distribution& d) { return Histogram::from(d.buckets, d.min_ns, d.max_ns); }

std::uint64_t mean_ns(std::uint64_t sum_ns, std::uint64_t runqueue_ns, std::uint64_t count) {
  return count ? (sum_ns - std::min(sum_ns, runqueue_ns)) / count : 0;
}

void add_waiting(Waiting& waiting, std::uint64_t ns, std::uint64_t measured_ns) {
  waiting.measured = true;
  waiting.total_ns += ns;
  if (measured_ns) waiting.ns_per_s += static_cast<double>(ns) * ratio(kSecond, measured_ns);
}

void finish(Sampled& sampled) {
  sampled.blocks = measured_only(std::move(sampled.blocks));
  sampled.side.blocks = sampled.blocks.size();
  sampled.side.occupied = occupied(sampled.blocks);
}

// A recording of an earlier version has no blocks at all.
bool has_blocks(const Summary& summary) { return !summary.blocks.spans.empty(); }

}  // namespace

Sampled sample_loops(const Summary& summary, const LoopGroup& group) {
  Sampled sampled;
  Histogram own, busy, delay;
  std::uint64_t busy_ns = 0, idle_ns = 0;
  for (const std::size_t place : group.loops) {
    const LoopSummary& loop = summary.loops[place];
    own += histogram_of(loop.own);
    busy += histogram_of(loop.busy);
    delay += loop.loop.queue.delay;
    if (loop.loop.queue.measured) add_waiting(sampled.side.waiting, loop.waited_ns, loop.watched_ns);
    busy_ns += loop.loop.total.busy_ns;
    idle_ns += loop.loop.total.idle_ns;
    sampled.side.per_s += loop.iterations_per_s;
    sampled.side.runqueue_ns += loop.loop.total.split.runqueue_ns;
    if (has_blocks(summary)) sampled.blocks = std::move(sampled.blocks) + own_blocks(summary, loop);
  }
  sampled.side.count = own.count();
  sampled.side.share = ratio(busy_ns, busy_ns + idle_ns);
  sampled.side.values = distribution_of(own);
  sampled.side.own_mean_ns = mean_ns(own.sum_ns(), 0, own.count());
  sampled.side.busy = distribution_of(busy);
  sampled.side.waiting.delay = distribution_of(delay);
  finish(sampled);
  return sampled;
}

Sampled sample_tasks(const Summary& summary, const std::vector<const TaskSummary*>& rows) {
  Sampled sampled;
  Histogram hold;
  for (const TaskSummary* row : rows) {
    hold += histogram_of(row->hold);
    sampled.side.count += row->total.steps;
    sampled.side.per_s += row->steps_per_s;
    sampled.side.share += row->share;
    sampled.side.runqueue_ns += row->total.split.runqueue_ns;
    sampled.side.waiting.blame += row->total.blame;
    const Loop& loop = summary.loops[row->loop].loop;
    if (loop.queue.measured) add_waiting(sampled.side.waiting, row->total.blame.total_ns, loop.tasks.measured_ns);
    if (has_blocks(summary)) sampled.blocks = std::move(sampled.blocks) + hold_blocks(summary, *row);
  }
  sampled.side.values = distribution_of(hold);
  sampled.side.own_mean_ns = mean_ns(hold.sum_ns(), sampled.side.runqueue_ns, hold.count());
  finish(sampled);
  return sampled;
}

}  // namespace loopstall
