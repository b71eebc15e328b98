// The statements that store a session, prepared once for a file. Each takes the state before and now and writes the
// rows that differ.
#pragma once

#include "recording/block_inserts.h"
#include "recording/evidence_inserts.h"
#include "recording/queue_inserts.h"
#include "recording/request_inserts.h"
#include "recording/snapshot.h"
#include "recording/sqlite.h"
#include "recording/task_inserts.h"

namespace loopstall {

class Inserts {
 public:
  static Result<Inserts> prepare(Database& db);

  // `before` is what the file holds.
  Result<> store(const Snapshot& now, const Stored& before);

 private:
  Inserts(std::vector<Statement> s, EvidenceInserts evidence, TaskInserts tasks, BlockInserts blocks,
          QueueInserts queue, RequestInserts requests);
  Result<> store_single_rows(const Snapshot& now);
  Result<> store_lost(const Lost& lost);
  Result<> store_histogram(std::size_t loop, const std::string& kind, const Histogram& now, const Histogram& before);
  Result<> store_loops(const Snapshot& now, const Stored& before);
  Result<> store_loop(const Loop& now, const Loop& before, std::size_t id);
  Result<> store_point(std::size_t loop, std::size_t index, const TimelinePoint& point);
  Result<> store_timeline(std::size_t loop, std::size_t first, const TimelineTail& tail);

  Statement meta_, session_, process_, loop_, distribution_, histogram_, drop_points_, drop_point_buckets_, point_,
      point_bucket_, stall_, cost_, lost_, note_, recording_;
  EvidenceInserts evidence_;
  TaskInserts tasks_;
  BlockInserts blocks_;
  QueueInserts queue_;
  RequestInserts requests_;
};

}  // namespace loopstall
