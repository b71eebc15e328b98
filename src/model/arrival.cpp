#include "model/arrival.h"

namespace loopstall {
namespace {

// The chance to wait longer than w is the sum of (length - w) over the iterations that are longer, divided by all time:
// (sum - count * w) / all. Between two lengths it falls evenly, so w is found going down from the longest; a bucket's
// iterations count as its mean.
std::uint64_t wait_at(const Histogram& busy, double all_ns, double quantile) {
  const double rest = (1 - quantile) * all_ns;
  double count = 0, sum = 0, wait = 0;
  for (auto b = busy.buckets().rbegin(); b != busy.buckets().rend(); ++b) {
    if (!b->count) continue;
    const double mean = static_cast<double>(b->sum_ns) / static_cast<double>(b->count);
    if (count > 0 && wait >= mean) break;
    count += static_cast<double>(b->count);
    sum += static_cast<double>(b->sum_ns);
    wait = (sum - rest) / count;
  }
  return wait > 0 ? static_cast<std::uint64_t>(wait) : 0;
}

}  // namespace

ArrivalWaits arrival_waits(const Histogram& busy, std::uint64_t idle_ns) {
  const double all = static_cast<double>(busy.sum_ns()) + static_cast<double>(idle_ns);
  return {.p50_ns = wait_at(busy, all, 0.5),
          .p90_ns = wait_at(busy, all, 0.9),
          .p99_ns = wait_at(busy, all, 0.99),
          .p999_ns = wait_at(busy, all, 0.999),
          .max_ns = busy.max_ns()};
}

}  // namespace loopstall
