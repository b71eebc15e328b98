#include "report/histogram_rows.h"

#include <numeric>

#include "base/units.h"
#include "catch.h"

namespace loopstall {
namespace {

constexpr std::uint64_t us = kMicrosecond, ms = kMillisecond;

Distribution distribution_of(const std::vector<std::uint64_t>& values) {
  Histogram h;
  for (std::uint64_t value : values) h.record(value);
  return {.count = h.count(), .sum_ns = h.sum_ns(), .min_ns = h.min_ns(), .max_ns = h.max_ns(), .buckets = h.buckets()};
}

std::uint64_t count_from(const std::vector<HistogramRow>& rows, std::uint64_t ns) {
  return std::accumulate(rows.begin(), rows.end(), std::uint64_t{0}, [ns](std::uint64_t sum, const HistogramRow& row) {
    return sum + (row.low_ns >= ns ? row.count : 0);
  });
}

}  // namespace

TEST_CASE("rows are 1-2-5 steps around the values") {
  const auto rows = histogram_rows(distribution_of({30 * us, 30 * us, 150 * us}), 10 * ms, 0);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].low_ns == 20 * us);
  CHECK(rows[0].high_ns == 50 * us);
  CHECK(rows[0].count == 2);
  CHECK(rows[0].sum_ns == 60 * us);
  CHECK(rows[1].count == 0);
  CHECK(rows[2].high_ns == 200 * us);
}

TEST_CASE("the threshold is an edge, and the rows from there on hold exactly the stalls") {
  // All four share a bucket, or lie in the one beside it.
  const Distribution d = distribution_of({9'990 * us, 9'999 * us, 10'000 * us, 10'010 * us, 15 * ms});
  const auto rows = histogram_rows(d, 10 * ms, 3);
  CHECK(count_from(rows, 0) == 5);
  CHECK(count_from(rows, 10 * ms) == 3);
  const auto odd = histogram_rows(d, 12'345 * us, 1);
  CHECK(count_from(odd, 12'345 * us) == 1);
}

TEST_CASE("no value is lost, whatever the range") {
  std::vector<std::uint64_t> values{0, 1, 255, 256, 10 * ms};
  for (std::uint64_t ns = 3; ns < 3'000 * kSecond; ns = ns * 7 / 4) values.push_back(ns);
  const Distribution d = distribution_of(values);
  for (std::uint64_t threshold : {1 * us, 10 * ms, 17 * ms, 9'000 * kSecond}) {
    const auto rows = histogram_rows(d, threshold, 0);
    CHECK(count_from(rows, 0) == values.size());
    CHECK(rows.size() <= 30);
  }
}

TEST_CASE("no values, no rows") { CHECK(histogram_rows({}, 10 * ms, 0).empty()); }

TEST_CASE("one value makes one row") {
  for (std::uint64_t ns : {std::uint64_t{0}, 1 * us, 10 * ms})
    CHECK(histogram_rows(distribution_of({ns}), ms, 1).size() == 1);
}

}  // namespace loopstall
