// Blocks of time: a session's length in at most kBlocks pieces, the same for all its loops and tasks, each with what
// was counted in it. Iterations are not independent of each other (a garbage collection, a burst of requests, a
// neighbour on the CPU make many long ones at once), so whoever asks how much of a difference is chance has to draw
// blocks of time, not iterations.
#pragma once

#include <cstdint>
#include <vector>

#include "model/histogram.h"
#include "model/task_counters.h"

namespace loopstall {

constexpr std::size_t kBlocks = 64;
constexpr std::uint64_t kShortestBlockNs = 200'000'000;           // a session of 5 s has 25
constexpr std::size_t kTaskBlockBuckets = std::size_t{1} << 18U;  // of all tasks together, 6 MB

// Occupied buckets in ascending order: a histogram whose extremes nobody asks for.
using Buckets = std::vector<BucketDelta>;
void add(Buckets& to, const BucketDelta& delta);
void add(Buckets& to, const Buckets& deltas);

struct BlockSpan {
  std::uint64_t start_ns = 0;  // CLOCK_MONOTONIC
  std::uint64_t end_ns = 0;    // of the last block: of the last reading in it
  bool operator==(const BlockSpan&) const = default;
};

struct BlockGrid {
  std::uint64_t length_ns = kShortestBlockNs;  // a block is at least 7/8 as long, but for the last one
  std::vector<BlockSpan> spans{};              // the last one is open
  std::size_t task_buckets = 0;                // of all blocks of all tasks
  bool operator==(const BlockGrid&) const = default;
};

// What was counted of a loop in the block of this number. A block in which nothing was has none.
struct LoopBlock {
  std::uint32_t number = 0;  // an index into BlockGrid::spans
  LoopCounters counters;
  TaskCoverage tasks;
  Buckets busy, own;
  bool operator==(const LoopBlock&) const = default;
};

// The same of a task, or of a handler that it ran.
struct TaskBlock {
  std::uint32_t number = 0;
  TaskCounters counters;
  Buckets hold;
  bool operator==(const TaskBlock&) const = default;
};

}  // namespace loopstall
