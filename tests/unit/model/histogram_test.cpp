#include "model/histogram.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "base/units.h"
#include "catch.h"
#include "probes/buckets.h"

using namespace loopstall;

namespace {

std::uint64_t true_quantile(const std::vector<std::uint64_t>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size()) - 1e-9));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

Histogram of(const std::vector<std::uint64_t>& values) {
  Histogram h;
  for (std::uint64_t v : values) h.record(v);
  return h;
}

// What the kernel would have counted.
std::vector<BucketDelta> deltas_of(const Histogram& h) { return h.buckets(); }

std::vector<std::uint64_t> log_uniform(unsigned n, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> exponent(3, 10);  // 1 us to 10 s
  std::vector<std::uint64_t> values(n);
  for (auto& v : values) v = static_cast<std::uint64_t>(std::pow(10, exponent(random)));
  return values;
}

}  // namespace

TEST_CASE("an empty histogram is all zeroes") {
  Histogram h;
  h.widen(1, 2);
  CHECK(h.count() == 0);
  CHECK(h.min_ns() == 0);
  CHECK(h.max_ns() == 0);
  CHECK(h.quantile_ns(0) == 0);
  CHECK(h.quantile_ns(0.5) == 0);
  CHECK(h.quantile_ns(1) == 0);
  CHECK(h == Histogram{});
}

TEST_CASE("quantiles of one sample are that sample") {
  const Histogram h = of({123'456'789});
  for (double q : {0.0, 0.5, 0.99, 0.999, 1.0}) CHECK(h.quantile_ns(q) == 123'456'789);
}

TEST_CASE("quantiles of two samples are the one or the other") {
  const Histogram h = of({1'000'001, 999'999'999});
  CHECK(h.quantile_ns(0) == 1'000'001);
  CHECK(h.quantile_ns(0.5) == 1'000'001);
  CHECK(h.quantile_ns(0.51) == 999'999'999);
  CHECK(h.quantile_ns(0.999) == 999'999'999);
}

TEST_CASE("two samples in one bucket stay apart") {
  const Histogram h = of({1'000'000, 1'000'100});
  REQUIRE(h.buckets().size() == 1);
  CHECK(h.quantile_ns(0.5) == 1'000'000);
  CHECK(h.quantile_ns(0.9) == 1'000'100);
}

// Seastar's stall analyser prints p99=None for this one.
TEST_CASE("quantiles over few buckets") {
  Histogram h;
  for (int i = 0; i < 90; ++i) h.record(kMillisecond);
  for (int i = 0; i < 10; ++i) h.record(50 * kMillisecond);
  CHECK(h.quantile_ns(0.5) == kMillisecond);
  CHECK(h.quantile_ns(0.9) == kMillisecond);
  CHECK(h.quantile_ns(0.91) == 50 * kMillisecond);
  CHECK(h.quantile_ns(0.99) == 50 * kMillisecond);
  CHECK(h.quantile_ns(0.999) == 50 * kMillisecond);
}

// 0.07 * 100 is a little more than 7 in doubles.
TEST_CASE("the nearest rank is that of the real numbers") {
  Histogram h;
  for (std::uint64_t i = 1; i <= 100; ++i) h.record(i * 4);  // a bucket each, below 256 ns
  for (unsigned i = 1; i <= 63; ++i) {
    CAPTURE(i);
    CHECK(h.quantile_ns(i / 100.0) == i * 4);
  }
}

TEST_CASE("quantiles beyond 0 and 1 are those of the ends") {
  const Histogram h = of({1, 2, 3});
  CHECK(h.quantile_ns(-1) == 1);
  CHECK(h.quantile_ns(2) == 3);
}

TEST_CASE("a quantile is less than 0.79 % off") {
  const std::vector<double> quantiles{0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999};
  for (unsigned seed = 0; seed < 20; ++seed) {
    auto values = log_uniform(20'000, seed);
    const Histogram h = of(values);
    std::sort(values.begin(), values.end());
    for (double q : quantiles) {
      const auto truth = static_cast<double>(true_quantile(values, q));
      CAPTURE(seed, q, truth);
      CHECK(std::abs(static_cast<double>(h.quantile_ns(q)) - truth) <= 0.0079 * truth);
    }
  }
}

TEST_CASE("count, sum, min and max are exact") {
  const auto values = log_uniform(10'000, 1);
  const Histogram h = of(values);
  std::uint64_t sum = 0;
  for (auto v : values) sum += v;
  CHECK(h.count() == values.size());
  CHECK(h.sum_ns() == sum);
  CHECK(h.min_ns() == *std::min_element(values.begin(), values.end()));
  CHECK(h.max_ns() == *std::max_element(values.begin(), values.end()));
}

TEST_CASE("buckets come in ascending order whatever the order of values") {
  const Histogram h = of(log_uniform(5'000, 2));
  CHECK(std::is_sorted(h.buckets().begin(), h.buckets().end(),
                       [](const auto& a, const auto& b) { return a.bucket < b.bucket; }));
}

TEST_CASE("merging is exact") {
  const auto a = log_uniform(3'000, 3), b = log_uniform(4'000, 4);
  auto both = a;
  both.insert(both.end(), b.begin(), b.end());
  Histogram merged = of(a);
  merged += of(b);
  CHECK(merged == of(both));
  merged += Histogram{};
  CHECK(merged == of(both));
}

TEST_CASE("deltas and the kernel's extremes give the same as the values") {
  const Histogram truth = of(log_uniform(3'000, 5));
  Histogram h;
  for (const BucketDelta& d : deltas_of(truth)) h.add(d);
  CHECK(h.min_ns() >= truth.min_ns());
  CHECK(h.max_ns() <= truth.max_ns());
  h.widen(truth.min_ns(), truth.max_ns());
  CHECK(h == truth);
}

TEST_CASE("a delta of one value is exact without the kernel's extremes") {
  Histogram h;
  h.add({ls_bucket(1'000'007), 1, 1'000'007});
  CHECK(h.min_ns() == 1'000'007);
  CHECK(h.max_ns() == 1'000'007);
}

TEST_CASE("an unknown maximum does not pull the minimum to zero") {
  Histogram h = of({1'000});
  h.widen(0, 0);
  CHECK(h.min_ns() == 1'000);
}

TEST_CASE("a sum that was read before its count stays within the bucket") {
  const std::uint32_t bucket = ls_bucket(kMillisecond);
  Histogram h;
  h.add({bucket, 0, kMillisecond});
  CHECK(h.count() == 0);
  CHECK(h.quantile_ns(0.5) == 0);
  h.add({bucket, 1, 0});
  CHECK(h.count() == 1);
  CHECK(h.sum_ns() == kMillisecond);
  CHECK(h.quantile_ns(0.5) >= ls_bucket_low(bucket));
  CHECK(h.quantile_ns(0.5) < ls_bucket_low(bucket + 1));
}

TEST_CASE("an empty delta leaves no bucket") {
  Histogram h;
  h.add({5, 0, 0});
  CHECK(h.buckets().empty());
}

TEST_CASE("values beyond the top share the last bucket and keep their mean") {
  const Histogram h = of({1ULL << 42, 1ULL << 43, 1ULL << 44});
  REQUIRE(h.buckets().size() == 1);
  CHECK(h.buckets()[0].bucket == LS_BUCKETS - 1);
  CHECK(h.quantile_ns(0.5) == h.sum_ns() / 3);
}

TEST_CASE("a histogram is restored from its buckets and extremes") {
  const Histogram h = of(log_uniform(1'000, 6));
  CHECK(Histogram::from(h.buckets(), h.min_ns(), h.max_ns()) == h);
  CHECK(Histogram::from({}, 0, 0) == Histogram{});
}
