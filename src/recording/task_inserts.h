// The statements that store tasks: the rows of those that have changed, and of their histograms only the buckets that
// have. There may be 10,000 of them.
#pragma once

#include "recording/block_inserts.h"
#include "recording/snapshot.h"
#include "recording/sqlite.h"

namespace loopstall {

class TaskInserts {
 public:
  static Result<TaskInserts> prepare(Database& db);

  // `before` is what the file holds.
  Result<> store(const SharedTasks& now, const SharedTasks& before, BlockInserts& blocks);

 private:
  explicit TaskInserts(std::vector<Statement> s);
  Result<> store_task(std::size_t id, const Task& now, const Task& before, BlockInserts& blocks);
  Result<> store_handler(std::size_t task, std::size_t n, const TaskHandler& now, const TaskHandler& before);

  Statement task_, bucket_, handler_, handler_bucket_;
};

}  // namespace loopstall
