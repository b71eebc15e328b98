// What events do to the blocks of time. What is counted falls into the last block, which grows with each reading until
// it is long enough; when there is no room for one more, neighbours are merged, and from then on a block is twice as
// long.
#pragma once

#include "model/session.h"

namespace loopstall {

void count_in_block(Session& session, Loop& loop, const LoopSample& e);
void count_in_block(Session& session, Loop& loop, const TaskCoverage& delta);
void count_in_block(Session& session, Task& task, const TaskSample& e);
void count_in_block(Session& session, Task& task, TaskHandler& handler, const StepHandled& e);
void end_reading(Session& session, std::uint64_t at_ns);

// What BlockGrid::task_buckets is.
std::size_t count_task_buckets(const std::vector<Task>& tasks);

}  // namespace loopstall
