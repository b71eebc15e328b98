#include "recording/request_inserts.h"

#include "recording/changed.h"
#include "recording/insert_sql.h"
#include "recording/row.h"

namespace loopstall {
namespace {

// In the order of RequestInserts' members.
Names texts() {
  return {insert_sql<Request>("request", {"id"}, {"min_ns", "max_ns"}),
          insert_sql("request_bucket", {"request", "bucket", "low_ns", "count", "sum_ns"}),
          insert_sql<RequestReads>("request_reads", {"loop"})};
}

}  // namespace

RequestInserts::RequestInserts(std::vector<Statement> s)
    : request_(std::move(s[0])), bucket_(std::move(s[1])), reads_(std::move(s[2])) {}

Result<RequestInserts> RequestInserts::prepare(Database& db) {
  return prepare_all(db, texts()).map([](std::vector<Statement> s) { return RequestInserts(std::move(s)); });
}

Result<> RequestInserts::store_request(std::size_t id, const Request& now, const Request& before) {
  Bind bind{request_};
  bind("", id);
  columns(now, bind);
  bind("", now.hold.min_ns()), bind("", now.hold.max_ns());
  Result<> r = request_.run();
  for (const BucketDelta& b : changed_buckets(now.hold, before.hold))
    if (r) r = run(bucket_, id, b.bucket, bucket_low_ns(b.bucket), b.count, b.sum_ns);
  return r;
}

Result<> RequestInserts::store_reads(const std::vector<Loop>& loops) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    if (!loops[i].requests.measured) continue;
    Bind bind{reads_};
    bind("", i);
    columns(loops[i].requests, bind);
    if (auto r = reads_.run(); !r) return r;
  }
  return {};
}

Result<> RequestInserts::store(const Session& now, const Session& before) {
  const Request none{};
  for (std::size_t i = 0; i < now.requests.size(); ++i) {
    const Request& old = i < before.requests.size() ? before.requests[i] : none;
    if (i < before.requests.size() && now.requests[i] == old) continue;
    if (auto r = store_request(i, now.requests[i], old); !r) return r;
  }
  return store_reads(now.loops);
}

}  // namespace loopstall
