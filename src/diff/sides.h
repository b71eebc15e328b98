// What one session says of a loop or task: what is shown, and the blocks that are resampled.
#pragma once

#include "diff/diff.h"

namespace loopstall {

struct Sampled {
  Side side;
  Blocks blocks;  // empty: none were recorded
};

Sampled sample_loops(const Summary& summary, const LoopGroup& group);
Sampled sample_tasks(const Summary& summary, const std::vector<const TaskSummary*>& rows);

}  // namespace loopstall
