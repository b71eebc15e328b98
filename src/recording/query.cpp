#include "recording/query.h"

namespace loopstall {

Result<> load_bucket(const Statement& row, int column, std::vector<BucketDelta>& buckets) {
  const std::int64_t bucket = row.integer(column);
  if (bucket < 0 || bucket >= kBuckets) return damaged("histogram, or another table of buckets,");
  Fetch fetch{row, column};
  BucketDelta& b = buckets.emplace_back();
  fetch("", b.bucket), fetch("", b.count), fetch("", b.sum_ns);
  return {};
}

Result<std::vector<BucketDelta>> load_buckets(Statement& statement) {
  std::vector<BucketDelta> buckets;
  Result<> r = for_each(statement, [&](const Statement& s) { return load_bucket(s, 0, buckets); });
  return r.map([&] { return std::move(buckets); });
}

}  // namespace loopstall
