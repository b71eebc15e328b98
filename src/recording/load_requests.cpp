#include "recording/load_requests.h"

#include "recording/query.h"

namespace loopstall {
namespace {

// A histogram of which the parts come one by one.
struct Parts {
  std::uint64_t min_ns = 0, max_ns = 0;
  std::vector<BucketDelta> buckets{};
};

// Whether the row of this number is there: a recording may come from anywhere.
bool holds(const auto& rows, std::int64_t index) { return index >= 0 && index < to_sql(rows.size()); }

Result<> load_rows(Database& db, Session& session, std::vector<Parts>& parts) {
  const std::string select = select_sql<Request>("id, min_ns, max_ns", "request", "ORDER BY id");
  return query(db, select, [&](const Statement& s) -> Result<> {
    if (s.integer(0) != to_sql(session.requests.size())) return damaged("request");
    Request& request = session.requests.emplace_back();
    request.id.value = static_cast<std::uint32_t>(s.integer(0));
    Parts& part = parts.emplace_back();
    Fetch fetch{s, 1};
    fetch("", part.min_ns), fetch("", part.max_ns);
    columns(request, fetch);
    return {};
  });
}

Result<> load_hold(Database& db, std::vector<Parts>& parts) {
  return query(db, "SELECT request, bucket, count, sum_ns FROM request_bucket ORDER BY request, bucket",
               [&](const Statement& s) -> Result<> {
                 if (!holds(parts, s.integer(0))) return damaged("request_bucket");
                 return load_bucket(s, 1, parts[static_cast<std::size_t>(s.integer(0))].buckets);
               });
}

Result<> load_reads(Database& db, Session& session) {
  return query(db, select_sql<RequestReads>("loop", "request_reads", ""), [&](const Statement& s) -> Result<> {
    if (!holds(session.loops, s.integer(0))) return damaged("request_reads");
    RequestReads& reads = session.loops[static_cast<std::size_t>(s.integer(0))].requests;
    reads.measured = true;
    Fetch fetch{s, 1};
    columns(reads, fetch);
    return {};
  });
}

}  // namespace

Result<> load_requests(Database& db, Session& session) {
  std::vector<Parts> parts;
  return load_rows(db, session, parts)
      .and_then([&] { return load_hold(db, parts); })
      .and_then([&] { return load_reads(db, session); })
      .map([&] {
        for (std::size_t i = 0; i < parts.size(); ++i)
          session.requests[i].hold = Histogram::from(parts[i].buckets, parts[i].min_ns, parts[i].max_ns);
      });
}

}  // namespace loopstall
