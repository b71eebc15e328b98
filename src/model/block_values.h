// A loop or task by blocks of time, as a Summary has it: what is resampled (model/resample.h).
#pragma once

#include <vector>

#include "model/summary.h"

namespace loopstall {

// What one block holds of a loop or task. An empty one is a block, too.
struct BlockValues {
  Buckets values;  // iterations or steps
  std::uint64_t runqueue_ns = 0;
  std::uint64_t length_ns = 0;  // in which it was measured
};

using Blocks = std::vector<BlockValues>;  // in the order of time

// Own times of a loop's iterations; busy times.
Blocks own_blocks(const Summary& summary, const LoopSummary& loop);
Blocks busy_blocks(const Summary& summary, const LoopSummary& loop);
// Hold times of a row's steps. Empty where there was no room for them.
Blocks hold_blocks(const Summary& summary, const TaskSummary& task);
// Block by block: several loops or rows of one session as one.
Blocks operator+(Blocks a, const Blocks& b);
// Those in which it was there and was measured: what resample() is to be given.
Blocks measured_only(Blocks blocks);
std::size_t occupied(const Blocks& blocks);  // blocks with a value

}  // namespace loopstall
