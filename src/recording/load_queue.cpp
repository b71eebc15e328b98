#include "recording/load_queue.h"

#include "recording/query.h"

namespace loopstall {
namespace {

// The element of that number, or nothing: a recording may come from anywhere.
template <class T>
T* at(std::vector<T>& values, std::int64_t index) {
  return index >= 0 && index < to_sql(values.size()) ? &values[static_cast<std::size_t>(index)] : nullptr;
}

Result<> load_counters(Database& db, Session& session) {
  return query(db, select_sql<QueueCounters>("loop", "queue", ""), [&](const Statement& s) -> Result<> {
    Loop* loop = at(session.loops, s.integer(0));
    if (!loop) return damaged("queue");
    loop->queue.measured = true;
    Fetch fetch{s, 1};
    columns(loop->queue.total, fetch);
    return {};
  });
}

Blame* blame_of(Session& session, std::string_view owner, std::int64_t id, std::int64_t n) {
  if (owner == "stall") {
    Stall* stall = at(session.stalls, id);
    return stall ? &stall->delayed : nullptr;
  }
  if (owner == "culprit") {
    StallGroup* group = at(session.groups, id);
    return group ? &group->blame : nullptr;
  }
  Task* task = at(session.tasks, id);
  if (!task || owner == "task") return task ? &task->total.blame : nullptr;
  TaskHandler* handler = at(task->handlers, n);
  return handler ? &handler->total.blame : nullptr;
}

Result<> load_blame(Database& db, Session& session) {
  return query(db, select_sql<Blame>("owner, id, n", "blame", ""), [&](const Statement& s) -> Result<> {
    Blame* blame = blame_of(session, s.text(0), s.integer(1), s.integer(2));
    if (!blame) return damaged("blame");
    Fetch fetch{s, 3};
    columns(*blame, fetch);
    return {};
  });
}

}  // namespace

Result<> load_queue(Database& db, Session& session) {
  return load_counters(db, session).and_then([&] { return load_blame(db, session); });
}

}  // namespace loopstall
