// Which buckets of a histogram have to be written again. Histograms only grow.
#pragma once

#include <vector>

#include "model/histogram.h"

namespace loopstall {

inline std::vector<BucketDelta> changed_buckets(const Histogram& now, const Histogram& before) {
  std::vector<BucketDelta> changed;
  auto old = before.buckets().begin();
  for (const BucketDelta& b : now.buckets()) {
    while (old != before.buckets().end() && old->bucket < b.bucket) ++old;
    if (old == before.buckets().end() || *old != b) changed.push_back(b);
  }
  return changed;
}

}  // namespace loopstall
