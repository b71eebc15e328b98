#include "recording/queue_inserts.h"

#include "recording/insert_sql.h"
#include "recording/row.h"

namespace loopstall {
namespace {

// In the order of QueueInserts' members.
Names texts() {
  return {insert_sql<QueueCounters>("queue", {"loop"}), insert_sql<Blame>("blame", {"owner", "id", "n"})};
}

// The element of that number in what the file holds.
template <class T>
const T& old(const std::vector<T>& before, std::size_t i) {
  static const T none{};
  return i < before.size() ? before[i] : none;
}

}  // namespace

QueueInserts::QueueInserts(std::vector<Statement> s) : queue_(std::move(s[0])), blame_(std::move(s[1])) {}

Result<QueueInserts> QueueInserts::prepare(Database& db) {
  return prepare_all(db, texts()).map([](std::vector<Statement> s) { return QueueInserts(std::move(s)); });
}

Result<> QueueInserts::store_counters(const std::vector<Loop>& now) {
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (!now[i].queue.measured) continue;
    Bind bind{queue_};
    bind("", i);
    columns(now[i].queue.total, bind);
    if (auto r = queue_.run(); !r) return r;
  }
  return {};
}

// Who is to blame for nothing has no row.
Result<> QueueInserts::store_blame(const char* owner, std::size_t id, std::size_t n, const Blame& now,
                                   const Blame& before) {
  if (now == before) return {};
  Bind bind{blame_};
  bind("", std::string(owner)), bind("", id), bind("", n);
  columns(now, bind);
  return blame_.run();
}

Result<> QueueInserts::store_tasks(const SharedTasks& now, const SharedTasks& before) {
  Result<> r;
  for (std::size_t i = 0; r && i < now.size(); ++i) {
    if (now[i] == old(before, i)) continue;
    const Task &task = *now[i], &was = *old(before, i);
    r = store_blame("task", i, 0, task.total.blame, was.total.blame);
    for (std::size_t n = 0; r && n < task.handlers.size(); ++n)
      r = store_blame("handler", i, n, task.handlers[n].total.blame, old(was.handlers, n).total.blame);
  }
  return r;
}

Result<> QueueInserts::store(const Snapshot& now, const Stored& before) {
  const Session &session = now.session, &was = before.session;
  Result<> r = store_counters(session.loops);
  for (std::size_t i = 0; r && i < session.stalls.size(); ++i)
    r = store_blame("stall", i, 0, session.stalls[i].delayed, old(was.stalls, i).delayed);
  for (std::size_t i = 0; r && i < session.groups.size(); ++i)
    r = store_blame("culprit", i, 0, session.groups[i].blame, old(was.groups, i).blame);
  return r ? store_tasks(now.tasks, before.tasks) : r;
}

}  // namespace loopstall
