#include "recording/load.h"

#include <fmt/format.h>

#include "base/units.h"
#include "recording/load_blocks.h"
#include "recording/load_evidence.h"
#include "recording/load_queue.h"
#include "recording/load_requests.h"
#include "recording/load_tasks.h"
#include "recording/query.h"

namespace loopstall {
namespace {

// Rows that are numbered from 0 without a gap.
template <class T>
Result<> load_rows(Database& db, const char* table, std::vector<T>& rows) {
  return query(db, select_sql<T>("id", table, "ORDER BY id"), [&](const Statement& s) -> Result<> {
    if (s.integer(0) != to_sql(rows.size())) return damaged(table);
    Fetch fetch{s, 1};
    columns(rows.emplace_back(), fetch);
    return {};
  });
}

Result<> load_info(Database& db, Session& session) {
  std::vector<SessionInfo> rows;
  if (auto r = load_rows(db, "session", rows); !r) return r;
  if (rows.size() > 1) return damaged("session");
  if (!rows.empty()) session.info = rows[0];  // no row: ended before the first flush
  return {};
}

struct FetchNamed {
  std::string_view name;
  std::uint64_t value;
  void operator()(const char* member_name, std::uint64_t& member) const {
    if (name == member_name) member = value;
  }
};

Result<> load_cost(Database& db, Cost& cost) {
  return query(db, "SELECT name, value FROM cost", [&](const Statement& s) -> Result<> {
    const std::string name = s.text(0);
    const FetchNamed fetch{name, static_cast<std::uint64_t>(s.integer(1))};
    columns(cost, fetch);
    return {};
  });
}

Result<> load_lost(Database& db, Lost& lost) {
  return query(db, "SELECT kind, count FROM lost", [&](const Statement& s) -> Result<> {
    for (const LostKind& kind : lost_kinds())
      if (kind.key == s.text(0)) lost.*kind.member = static_cast<std::uint64_t>(s.integer(1));
    return {};
  });
}

struct Extremes {
  std::uint64_t min_ns = 0, max_ns = 0;
};

Result<Histogram> load_histogram(Database& db, std::size_t loop, const char* kind) {
  const std::string where = fmt::format("WHERE loop = {} AND kind = '{}'", loop, kind);
  Extremes extremes;
  return query(db, "SELECT min_ns, max_ns FROM distribution " + where,
               [&](const Statement& s) -> Result<> {
                 Fetch fetch{s};
                 fetch("", extremes.min_ns), fetch("", extremes.max_ns);
                 return {};
               })
      .and_then([&] { return db.prepare("SELECT bucket, count, sum_ns FROM histogram " + where + " ORDER BY bucket"); })
      .and_then([](Statement s) { return load_buckets(s); })
      .map([&](const auto& buckets) { return Histogram::from(buckets, extremes.min_ns, extremes.max_ns); });
}

Result<> load_points(Database& db, Loop& loop, std::vector<Extremes>& extremes) {
  const std::string rest = fmt::format("WHERE loop = {} ORDER BY point", loop.id.value);
  return query(db, select_sql<TimelinePoint>("point, busy_min_ns, busy_max_ns", "timeline", rest.c_str()),
               [&](const Statement& s) -> Result<> {
                 if (s.integer(0) != to_sql(loop.timeline.size())) return damaged("timeline");
                 Fetch fetch{s, 1};
                 fetch("", extremes.emplace_back().min_ns), fetch("", extremes.back().max_ns);
                 columns(loop.timeline.emplace_back(), fetch);
                 return {};
               });
}

Result<> load_timeline(Database& db, Loop& loop) {
  std::vector<Extremes> extremes;
  if (auto r = load_points(db, loop, extremes); !r) return r;
  Result<Statement> select =
      db.prepare("SELECT bucket, count, sum_ns FROM timeline_bucket WHERE loop = ? AND point = ? ORDER BY bucket");
  if (!select) return tl::unexpected(select.error());
  for (std::size_t i = 0; i < loop.timeline.size(); ++i) {
    Bind bind{*select};
    bind("", loop.id.value), bind("", i);
    Result<std::vector<BucketDelta>> buckets = load_buckets(*select);
    if (!buckets) return tl::unexpected(buckets.error());
    loop.timeline[i].busy = Histogram::from(*buckets, extremes[i].min_ns, extremes[i].max_ns);
  }
  return {};
}

Result<> load_loops(Database& db, std::vector<Loop>& loops) {
  Result<> r = load_rows(db, "loop", loops);
  for (std::size_t i = 0; r && i < loops.size(); ++i) {
    Loop& loop = loops[i];
    loop.id.value = static_cast<std::uint32_t>(i);
    r = load_histogram(db, i, "busy")
            .map([&](Histogram h) { loop.busy = std::move(h); })
            .and_then([&] { return load_histogram(db, i, "own"); })
            .map([&](Histogram h) { loop.own = std::move(h); })
            .and_then([&] { return load_histogram(db, i, "queue"); })
            .map([&](Histogram h) { loop.queue.delay = std::move(h); })
            .and_then([&] { return load_histogram(db, i, "accept"); })
            .map([&](Histogram h) { loop.queue.accept = std::move(h); })
            .and_then([&] { return load_timeline(db, loop); });
  }
  return r;
}

Result<> load_stalls(Database& db, Session& session) {
  if (auto r = load_rows(db, "stall", session.stalls); !r) return r;
  for (const Stall& stall : session.stalls)
    if (stall.loop.value >= session.loops.size()) return damaged("stall");
  return {};
}

// A recording of before there was merging has no such table.
Result<> load_recordings(Database& db, Session& session) {
  bool there = false;
  const std::string table = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'recording'";
  Result<> r = query(db, table, [&](const Statement& s) -> Result<> {
    there = s.integer(0) != 0;
    return {};
  });
  return r && there ? load_rows(db, "recording", session.recordings) : r;
}

// The reader of a report has to know that it does not show all of the session.
Result<> load_notes(Database& db, Session& session) {
  bool finished = false;
  Result<> r = query(db, "SELECT value = '1' FROM meta WHERE key = 'finished'", [&](const Statement& s) -> Result<> {
    finished = s.integer(0) != 0;
    return {};
  });
  if (r) r = load_rows(db, "note", session.notes);
  if (r && !finished)
    session.notes.push_back(
        fmt::format("This recording was not finished: loopstall was killed, or is still at it. It holds the first {}.",
                    format_duration(session.info.duration_ns)));
  return r;
}

}  // namespace

Result<Session> load_session(Database& db) {
  Session session;
  return load_info(db, session)
      .and_then([&] { return load_rows(db, "process", session.processes); })
      .and_then([&] { return load_loops(db, session.loops); })
      .and_then([&] { return load_stalls(db, session); })
      .and_then([&] { return load_evidence(db, session); })
      .and_then([&] { return load_tasks(db, session); })
      .and_then([&] { return load_blocks(db, session); })
      .and_then([&] { return load_recordings(db, session); })
      .and_then([&] { return load_queue(db, session); })
      .and_then([&] { return load_requests(db, session); })
      .and_then([&] { return load_cost(db, session.cost); })
      .and_then([&] { return load_lost(db, session.lost); })
      .and_then([&] { return load_notes(db, session); })
      .map([&] { return std::move(session); });
}

}  // namespace loopstall
