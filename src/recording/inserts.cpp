#include "recording/inserts.h"

#include "recording/changed.h"
#include "recording/insert_sql.h"
#include "recording/row.h"

namespace loopstall {
namespace {

// In the order of Inserts' members.
Names texts() {
  return {insert_sql("meta", {"key", "value"}),
          insert_sql<SessionInfo>("session", {"id"}),
          insert_sql<Process>("process", {"id"}),
          insert_sql<Loop>("loop", {"id"}),
          insert_sql("distribution", {"loop", "kind", "count", "sum_ns", "min_ns", "max_ns"}),
          insert_sql("histogram", {"loop", "kind", "bucket", "low_ns", "count", "sum_ns"}),
          "DELETE FROM timeline WHERE loop = ? AND point >= ?",
          "DELETE FROM timeline_bucket WHERE loop = ? AND point >= ?",
          insert_sql<TimelinePoint>("timeline", {"loop", "point"}, {"busy_min_ns", "busy_max_ns"}),
          insert_sql("timeline_bucket", {"loop", "point", "bucket", "count", "sum_ns"}),
          insert_sql<Stall>("stall", {"id"}),
          insert_sql("cost", {"name", "value"}),
          insert_sql("lost", {"kind", "count", "meaning"}),
          insert_sql<std::string>("note", {"id"}),
          insert_sql<MergedRecording>("recording", {"id"})};
}

template <class T>
Result<> run_row(Statement& statement, std::size_t id, const T& row) {
  Bind bind{statement};
  bind("", id);
  columns(row, bind);
  return statement.run();
}

// Rows that are new or differ, numbered by index. Only timelines ever shrink.
template <class T>
Result<> store_rows(Statement& statement, const std::vector<T>& now, const std::vector<T>& before) {
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (i < before.size() && now[i] == before[i]) continue;
    if (auto r = run_row(statement, i, now[i]); !r) return r;
  }
  return {};
}

// Runs an insert for each (name, value) of a row.
struct StoreEach {
  Statement& statement;
  Result<> result{};
  void operator()(const char* name, std::uint64_t value) {
    if (result) result = run(statement, std::string(name), value);
  }
};

}  // namespace

Inserts::Inserts(std::vector<Statement> s, EvidenceInserts evidence, TaskInserts tasks, BlockInserts blocks,
                 QueueInserts queue, RequestInserts requests)
    : meta_(std::move(s[0])),
      session_(std::move(s[1])),
      process_(std::move(s[2])),
      loop_(std::move(s[3])),
      distribution_(std::move(s[4])),
      histogram_(std::move(s[5])),
      drop_points_(std::move(s[6])),
      drop_point_buckets_(std::move(s[7])),
      point_(std::move(s[8])),
      point_bucket_(std::move(s[9])),
      stall_(std::move(s[10])),
      cost_(std::move(s[11])),
      lost_(std::move(s[12])),
      note_(std::move(s[13])),
      recording_(std::move(s[14])),
      evidence_(std::move(evidence)),
      tasks_(std::move(tasks)),
      blocks_(std::move(blocks)),
      queue_(std::move(queue)),
      requests_(std::move(requests)) {}

Result<Inserts> Inserts::prepare(Database& db) {
  Result<EvidenceInserts> evidence = EvidenceInserts::prepare(db);
  if (!evidence) return tl::unexpected(evidence.error());
  Result<TaskInserts> tasks = TaskInserts::prepare(db);
  if (!tasks) return tl::unexpected(tasks.error());
  Result<BlockInserts> blocks = BlockInserts::prepare(db);
  if (!blocks) return tl::unexpected(blocks.error());
  Result<QueueInserts> queue = QueueInserts::prepare(db);
  if (!queue) return tl::unexpected(queue.error());
  Result<RequestInserts> requests = RequestInserts::prepare(db);
  if (!requests) return tl::unexpected(requests.error());
  return prepare_all(db, texts()).map([&](std::vector<Statement> s) {
    return Inserts(std::move(s), std::move(*evidence), std::move(*tasks), std::move(*blocks), std::move(*queue),
                   std::move(*requests));
  });
}

Result<> Inserts::store(const Snapshot& now, const Stored& before) {
  const Session &session = now.session, &old = before.session;
  return store_single_rows(now)
      .and_then([&] { return store_rows(process_, session.processes, old.processes); })
      .and_then([&] { return store_rows(stall_, session.stalls, old.stalls); })
      .and_then([&] { return evidence_.store(session, old); })
      .and_then([&] { return store_rows(note_, session.notes, old.notes); })
      .and_then([&] { return store_rows(recording_, session.recordings, old.recordings); })
      .and_then([&] { return tasks_.store(now.tasks, before.tasks, blocks_); })
      .and_then([&] { return blocks_.store_grid(session.blocks, old.blocks); })
      .and_then([&] { return store_loops(now, before); })
      .and_then([&] { return queue_.store(now, before); })
      .and_then([&] { return requests_.store(session, old); });
}

Result<> Inserts::store_loops(const Snapshot& now, const Stored& before) {
  const std::vector<Loop>&loops = now.session.loops, &old = before.session.loops;
  const Loop none;
  Result<> r;
  for (std::size_t i = 0; r && i < loops.size(); ++i) {
    r = store_loop(loops[i], i < old.size() ? old[i] : none, i);
    if (r) r = store_timeline(i, first_unstored(before.timelines, i, now.tails[i].mark), now.tails[i]);
  }
  return r;
}

Result<> Inserts::store_single_rows(const Snapshot& now) {
  StoreEach each{cost_};
  columns(now.session.cost, each);
  return each.result
      .and_then([&] { return run(meta_, std::string("finished"), std::string(now.finished ? "1" : "0")); })
      .and_then([&] { return run_row(session_, 0, now.session.info); })
      .and_then([&] { return store_lost(now.session.lost); });
}

Result<> Inserts::store_lost(const Lost& lost) {
  for (const LostKind& kind : lost_kinds())
    if (auto r = run(lost_, std::string(kind.key), lost.*kind.member, std::string(kind.text)); !r) return r;
  return {};
}

Result<> Inserts::store_loop(const Loop& now, const Loop& before, std::size_t id) {
  return run_row(loop_, id, now)
      .and_then([&] { return store_histogram(id, "busy", now.busy, before.busy); })
      .and_then([&] { return store_histogram(id, "own", now.own, before.own); })
      .and_then([&] { return store_histogram(id, "queue", now.queue.delay, before.queue.delay); })
      .and_then([&] { return store_histogram(id, "accept", now.queue.accept, before.queue.accept); })
      .and_then([&] { return blocks_.store_loop(id, now, before); });
}

Result<> Inserts::store_histogram(std::size_t loop, const std::string& kind, const Histogram& now,
                                  const Histogram& before) {
  if (auto r = run(distribution_, loop, kind, now.count(), now.sum_ns(), now.min_ns(), now.max_ns()); !r) return r;
  for (const BucketDelta& b : changed_buckets(now, before)) {
    if (auto r = run(histogram_, loop, kind, b.bucket, bucket_low_ns(b.bucket), b.count, b.sum_ns); !r) return r;
  }
  return {};
}

Result<> Inserts::store_timeline(std::size_t loop, std::size_t first, const TimelineTail& tail) {
  Result<> r = run(drop_points_, loop, first).and_then([&] { return run(drop_point_buckets_, loop, first); });
  for (std::size_t i = first; r && i < tail.mark.points; ++i) r = store_point(loop, i, tail.points[i - tail.first]);
  return r;
}

Result<> Inserts::store_point(std::size_t loop, std::size_t index, const TimelinePoint& point) {
  Bind bind{point_};
  bind("", loop);
  bind("", index);
  columns(point, bind);
  bind("", point.busy.min_ns());
  bind("", point.busy.max_ns());
  Result<> r = point_.run();
  for (const BucketDelta& b : point.busy.buckets())
    if (r) r = run(point_bucket_, loop, index, b.bucket, b.count, b.sum_ns);
  return r;
}

}  // namespace loopstall
