#include "model/histogram.h"

#include <algorithm>
#include <cmath>

#include "probes/buckets.h"

namespace loopstall {

static_assert(kBuckets == LS_BUCKETS);

std::uint64_t bucket_low_ns(std::uint32_t bucket) { return ls_bucket_low(bucket); }

namespace {

// The kernel's count and sum are read one after the other while it counts, so a mean taken from a delta can
// lie a little outside of its bucket: it is put back. An even bucket may be one of the tasks', which are twice as wide.
std::uint64_t mean_ns(const BucketDelta& b) {
  const std::uint64_t mean = b.sum_ns / b.count;
  const std::uint64_t low = ls_bucket_low(b.bucket);
  const std::uint32_t next = (b.bucket | 1) + 1;
  if (next >= LS_BUCKETS) return std::max(mean, low);
  return std::clamp<std::uint64_t>(mean, low, ls_bucket_low(next) - 1);
}

// ceil(q * n) of the real numbers that the two doubles stand for: 0.07 * 100 is 7.000000000000001 in doubles.
std::uint64_t nearest_rank(double q, std::uint64_t n) {
  const double product = std::clamp(q, 0.0, 1.0) * static_cast<double>(n);
  const double rank = std::ceil(product * (1 - 1e-15));
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, n);
}

}  // namespace

Histogram Histogram::from(const std::vector<BucketDelta>& buckets, std::uint64_t min_ns, std::uint64_t max_ns) {
  Histogram h;
  for (const BucketDelta& b : buckets) h.put(b);
  if (!h.count_) return h;
  h.min_ns_ = min_ns;
  h.max_ns_ = max_ns;
  return h;
}

void Histogram::record(std::uint64_t ns) {
  put({ls_bucket(ns), 1, ns});
  widen_to(ns);
}

void Histogram::add(const BucketDelta& delta) {
  put(delta);
  if (delta.count) widen_to(mean_ns(delta));
}

void Histogram::widen(std::uint64_t min_ns, std::uint64_t max_ns) {
  if (!count_ || !max_ns) return;  // a maximum of 0 says "not known": if all values were 0, add() has seen it
  widen_to(min_ns);
  widen_to(max_ns);
}

Histogram& Histogram::operator+=(const Histogram& other) {
  for (const BucketDelta& b : other.buckets_) put(b);
  min_ns_ = std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
  return *this;
}

std::uint64_t Histogram::quantile_ns(double q) const {
  if (!count_) return 0;
  const std::uint64_t rank = nearest_rank(q, count_);
  if (rank == 1) return min_ns_;
  if (rank == count_) return max_ns_;
  std::uint64_t upto = 0;
  for (const BucketDelta& b : buckets_)
    if ((upto += b.count) >= rank) return std::clamp(mean_ns(b), min_ns_, max_ns_);
  return max_ns_;
}

// Deltas come in ascending order, and most fall into buckets that exist.
void Histogram::put(const BucketDelta& delta) {
  if (!delta.count && !delta.sum_ns) return;
  auto at = std::lower_bound(buckets_.begin(), buckets_.end(), delta.bucket,
                             [](const BucketDelta& b, std::uint32_t bucket) { return b.bucket < bucket; });
  if (at == buckets_.end() || at->bucket != delta.bucket) at = buckets_.insert(at, {delta.bucket, 0, 0});
  at->count += delta.count;
  at->sum_ns += delta.sum_ns;
  count_ += delta.count;
  sum_ns_ += delta.sum_ns;
}

void Histogram::widen_to(std::uint64_t ns) {
  min_ns_ = std::min(min_ns_, ns);
  max_ns_ = std::max(max_ns_, ns);
}

}  // namespace loopstall
