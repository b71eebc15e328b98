#include "recording/load_tasks.h"

#include "recording/query.h"

namespace loopstall {
namespace {

// A histogram of which the parts come one by one.
struct Parts {
  std::uint64_t min_ns = 0, max_ns = 0;
  std::vector<BucketDelta> buckets{};
  Histogram whole() const { return Histogram::from(buckets, min_ns, max_ns); }
};

struct Loaded {
  std::vector<Parts> tasks;
  std::vector<std::vector<Parts>> handlers;  // of each task
};

// Whether the row of this number is there: a recording may come from anywhere.
bool holds(const auto& rows, std::int64_t index) { return index >= 0 && index < to_sql(rows.size()); }

Result<> load_rows(Database& db, Session& session, Loaded& loaded) {
  return query(db, select_sql<Task>("id, min_ns, max_ns", "task", "ORDER BY id"), [&](const Statement& s) -> Result<> {
    if (s.integer(0) != to_sql(session.tasks.size())) return damaged("task");
    Task& task = session.tasks.emplace_back();
    task.id.value = static_cast<std::uint32_t>(s.integer(0));
    Parts& parts = loaded.tasks.emplace_back();
    Fetch fetch{s, 1};
    fetch("", parts.min_ns), fetch("", parts.max_ns);
    columns(task, fetch);
    return {};
  });
}

Result<> load_handlers(Database& db, Session& session, Loaded& loaded) {
  loaded.handlers.resize(session.tasks.size());
  const std::string select = select_sql<TaskHandler>("task, n, min_ns, max_ns", "task_handler", "ORDER BY task, n");
  return query(db, select, [&](const Statement& s) -> Result<> {
    if (!holds(session.tasks, s.integer(0))) return damaged("task_handler");
    const auto index = static_cast<std::size_t>(s.integer(0));
    auto& handlers = session.tasks[index].handlers;
    if (s.integer(1) != to_sql(handlers.size())) return damaged("task_handler");
    Parts& parts = loaded.handlers[index].emplace_back();
    Fetch fetch{s, 2};
    fetch("", parts.min_ns), fetch("", parts.max_ns);
    columns(handlers.emplace_back(), fetch);
    return {};
  });
}

Result<> load_task_buckets(Database& db, Loaded& loaded) {
  return query(db, "SELECT task, bucket, count, sum_ns FROM task_bucket ORDER BY task, bucket",
               [&](const Statement& s) -> Result<> {
                 if (!holds(loaded.tasks, s.integer(0))) return damaged("task_bucket");
                 return load_bucket(s, 1, loaded.tasks[static_cast<std::size_t>(s.integer(0))].buckets);
               });
}

Result<> load_handler_buckets(Database& db, Loaded& loaded) {
  return query(db, "SELECT task, n, bucket, count, sum_ns FROM task_handler_bucket ORDER BY task, n, bucket",
               [&](const Statement& s) -> Result<> {
                 if (!holds(loaded.handlers, s.integer(0))) return damaged("task_handler_bucket");
                 auto& handlers = loaded.handlers[static_cast<std::size_t>(s.integer(0))];
                 if (!holds(handlers, s.integer(1))) return damaged("task_handler_bucket");
                 return load_bucket(s, 2, handlers[static_cast<std::size_t>(s.integer(1))].buckets);
               });
}

void hand_over(Session& session, const Loaded& loaded) {
  for (std::size_t i = 0; i < session.tasks.size(); ++i) {
    Task& task = session.tasks[i];
    task.hold = loaded.tasks[i].whole();
    for (std::size_t n = 0; n < task.handlers.size(); ++n) task.handlers[n].hold = loaded.handlers[i][n].whole();
  }
}

}  // namespace

Result<> load_tasks(Database& db, Session& session) {
  Loaded loaded;
  return load_rows(db, session, loaded)
      .and_then([&] { return load_handlers(db, session, loaded); })
      .and_then([&] { return load_task_buckets(db, loaded); })
      .and_then([&] { return load_handler_buckets(db, loaded); })
      .map([&] { hand_over(session, loaded); });
}

}  // namespace loopstall
