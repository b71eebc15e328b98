// The statements that store blocks of time. Blocks never change but for the last one, until neighbours are merged and
// all change, or are dropped: so a series is written again from the first block that differs.
#pragma once

#include "model/session.h"
#include "recording/sqlite.h"

namespace loopstall {

constexpr int kAllSteps = -1;  // in the place of a handler's number: the blocks of all of a task's steps

class BlockInserts {
 public:
  static Result<BlockInserts> prepare(Database& db);

  // `before` is what the file holds.
  Result<> store_grid(const BlockGrid& now, const BlockGrid& before);
  Result<> store_loop(std::size_t loop, const Loop& now, const Loop& before);
  Result<> store_task(std::size_t task, const Task& now, const Task& before);

 private:
  explicit BlockInserts(std::vector<Statement> s);
  Result<> store_loop_block(std::size_t loop, const LoopBlock& block);
  Result<> store_series(std::size_t task, int n, const std::vector<Shared<TaskBlock>>& now,
                        const std::vector<Shared<TaskBlock>>& before);
  Result<> store_task_block(std::size_t task, int n, const TaskBlock& block);

  Statement length_, drop_spans_, span_, drop_loop_, drop_loop_buckets_, loop_, loop_bucket_, drop_task_,
      drop_task_buckets_, task_, task_bucket_;
};

}  // namespace loopstall
