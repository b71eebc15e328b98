#include "model/distribution.h"

namespace loopstall {

Distribution distribution_of(const Histogram& h) {
  return {.count = h.count(),
          .sum_ns = h.sum_ns(),
          .min_ns = h.min_ns(),
          .max_ns = h.max_ns(),
          .p50_ns = h.quantile_ns(0.5),
          .p90_ns = h.quantile_ns(0.9),
          .p99_ns = h.quantile_ns(0.99),
          .p999_ns = h.quantile_ns(0.999),
          .buckets = h.buckets()};
}

double ratio(std::uint64_t a, std::uint64_t b) { return b ? static_cast<double>(a) / static_cast<double>(b) : 0; }

}  // namespace loopstall
