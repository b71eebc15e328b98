#include "model/block.h"

#include <algorithm>

namespace loopstall {

void add(Buckets& to, const BucketDelta& delta) {
  const auto at = std::lower_bound(to.begin(), to.end(), delta.bucket,
                                   [](const BucketDelta& b, std::uint32_t bucket) { return b.bucket < bucket; });
  if (at == to.end() || at->bucket != delta.bucket) {
    to.insert(at, delta);
    return;
  }
  at->count += delta.count;
  at->sum_ns += delta.sum_ns;
}

void add(Buckets& to, const Buckets& deltas) {
  for (const BucketDelta& delta : deltas) add(to, delta);
}

}  // namespace loopstall
