// Stores queue delay and blame. Its histograms are stored with the loop's others.
#pragma once

#include "recording/snapshot.h"
#include "recording/sqlite.h"

namespace loopstall {

class QueueInserts {
 public:
  static Result<QueueInserts> prepare(Database& db);

  // Writes what differs from `before`, which is what the file holds.
  Result<> store(const Snapshot& now, const Stored& before);

 private:
  explicit QueueInserts(std::vector<Statement> s);
  Result<> store_counters(const std::vector<Loop>& now);
  Result<> store_blame(const char* owner, std::size_t id, std::size_t n, const Blame& now, const Blame& before);
  Result<> store_tasks(const SharedTasks& now, const SharedTasks& before);

  Statement queue_, blame_;
};

}  // namespace loopstall
