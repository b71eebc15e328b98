#include "check/own_bounds.h"

#include <algorithm>
#include <cmath>

namespace loopstall::check {
namespace {

// A bucket is a 64th of an octave: no value in it exceeds its mean by more.
constexpr double kBucketError = 1 + 1.0 / 64;

// How much time must be taken off so that only `allowed` of them last longer than `ns`: off the cheapest.
double cost(const Histogram& hold, double ns, std::uint64_t allowed) {
  std::uint64_t longer = 0;
  for (const BucketDelta& b : hold.buckets())
    if (ratio(b.sum_ns, b.count) > ns) longer += b.count;
  std::uint64_t to_shorten = longer - std::min(longer, allowed);
  double sum = 0;
  for (const BucketDelta& b : hold.buckets()) {
    const double mean = ratio(b.sum_ns, b.count);
    if (mean <= ns) continue;
    const std::uint64_t n = std::min(to_shorten, b.count);
    sum += static_cast<double>(n) * (mean - ns);
    to_shorten -= n;
  }
  return sum;
}

Histogram own_of_all(const Measured& measured) {
  Histogram own;
  for (const MeasuredLoop& loop : measured.loops) own += loop.loop.own;
  return own;
}

// By halving, as it falls: the least ns for which it holds.
template <class Holds>
double least_for(double low, double high, Holds holds) {
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (holds(middle) ? high : low) = middle;
  }
  return high;
}

std::uint64_t beyond(double q, std::uint64_t n) {
  return static_cast<std::uint64_t>(std::floor((1 - q) * static_cast<double>(n)));
}

}  // namespace

double least_quantile(const Histogram& hold, double q, std::uint64_t runqueue_ns) {
  const std::uint64_t allowed = beyond(q, hold.count());
  return least_for(0, static_cast<double>(hold.quantile_ns(q)),
                   [&](double ns) { return cost(hold, ns, allowed) <= static_cast<double>(runqueue_ns); });
}

double most_quantile(const Measured& measured, double q, std::uint64_t n) {
  const Histogram iterations = own_of_all(measured);
  const std::uint64_t allowed = beyond(q, n);
  const auto fit_in = [&](double ns) {
    std::uint64_t count = 0;
    for (const BucketDelta& b : iterations.buckets())
      count += b.count * static_cast<std::uint64_t>(ratio(b.sum_ns, b.count) * kBucketError / ns);
    return count;
  };
  return least_for(1, static_cast<double>(iterations.max_ns()) * kBucketError + 1,
                   [&](double ns) { return fit_in(ns) <= allowed; });
}

double quantile_of(const Rule& rule) {
  if (rule.statistic == Statistic::Max) return 1;
  return rule.statistic == Statistic::Min ? 0 : rule.quantile;
}

}  // namespace loopstall::check
