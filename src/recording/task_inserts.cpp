#include "recording/task_inserts.h"

#include "recording/changed.h"
#include "recording/insert_sql.h"
#include "recording/row.h"

namespace loopstall {
namespace {

// In the order of TaskInserts' members.
Names texts() {
  return {insert_sql<Task>("task", {"id"}, {"min_ns", "max_ns"}),
          insert_sql("task_bucket", {"task", "bucket", "low_ns", "count", "sum_ns"}),
          insert_sql<TaskHandler>("task_handler", {"task", "n"}, {"min_ns", "max_ns"}),
          insert_sql("task_handler_bucket", {"task", "n", "bucket", "low_ns", "count", "sum_ns"})};
}

// The keys, the members of `row`, and the extremes of its histogram.
template <class T, class... Keys>
Result<> run_row(Statement& statement, const T& row, const Keys&... keys) {
  Bind bind{statement};
  (bind("", keys), ...);
  columns(row, bind);
  bind("", row.hold.min_ns()), bind("", row.hold.max_ns());
  return statement.run();
}

template <class... Keys>
Result<> run_buckets(Statement& statement, const Histogram& now, const Histogram& before, const Keys&... keys) {
  Result<> r;
  for (const BucketDelta& b : changed_buckets(now, before))
    if (r) r = run(statement, keys..., b.bucket, bucket_low_ns(b.bucket), b.count, b.sum_ns);
  return r;
}

}  // namespace

TaskInserts::TaskInserts(std::vector<Statement> s)
    : task_(std::move(s[0])), bucket_(std::move(s[1])), handler_(std::move(s[2])), handler_bucket_(std::move(s[3])) {}

Result<TaskInserts> TaskInserts::prepare(Database& db) {
  return prepare_all(db, texts()).map([](std::vector<Statement> s) { return TaskInserts(std::move(s)); });
}

Result<> TaskInserts::store(const SharedTasks& now, const SharedTasks& before, BlockInserts& blocks) {
  const Shared<Task> none;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const Shared<Task>& old = i < before.size() ? before[i] : none;
    if (i < before.size() && now[i] == old) continue;
    if (auto r = store_task(i, *now[i], *old, blocks); !r) return r;
  }
  return {};
}

Result<> TaskInserts::store_task(std::size_t id, const Task& now, const Task& before, BlockInserts& blocks) {
  const TaskHandler none;
  Result<> r = run_row(task_, now, id).and_then([&] { return run_buckets(bucket_, now.hold, before.hold, id); });
  for (std::size_t n = 0; r && n < now.handlers.size(); ++n) {
    const TaskHandler& old = n < before.handlers.size() ? before.handlers[n] : none;
    if (n >= before.handlers.size() || now.handlers[n] != old) r = store_handler(id, n, now.handlers[n], old);
  }
  return r.and_then([&] { return blocks.store_task(id, now, before); });
}

Result<> TaskInserts::store_handler(std::size_t task, std::size_t n, const TaskHandler& now,
                                    const TaskHandler& before) {
  return run_row(handler_, now, task, n).and_then([&] {
    return run_buckets(handler_bucket_, now.hold, before.hold, task, n);
  });
}

}  // namespace loopstall
