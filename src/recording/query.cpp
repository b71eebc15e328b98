#include "recording/query.h"

namespace loopstall {

Result<std::vector<BucketDelta>> load_buckets(Statement& statement) {
  std::vector<BucketDelta> buckets;
  Result<> r = for_each(statement, [&](const Statement& s) -> Result<> {
    if (s.integer(0) < 0 || s.integer(0) >= kBuckets) return damaged("histogram or timeline_bucket");
    Fetch fetch{s};
    BucketDelta& b = buckets.emplace_back();
    fetch("", b.bucket), fetch("", b.count), fetch("", b.sum_ns);
    return {};
  });
  return r.map([&] { return std::move(buckets); });
}

}  // namespace loopstall
