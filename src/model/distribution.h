// What a report says of a histogram, and the ratios that it shows.
#pragma once

#include "model/histogram.h"

namespace loopstall {

struct Distribution {
  std::uint64_t count = 0, sum_ns = 0, min_ns = 0, max_ns = 0;
  std::uint64_t p50_ns = 0, p90_ns = 0, p99_ns = 0, p999_ns = 0;
  std::vector<BucketDelta> buckets;
};

Distribution distribution_of(const Histogram& h);

// 0 where there is nothing to divide by.
double ratio(std::uint64_t a, std::uint64_t b);

}  // namespace loopstall
