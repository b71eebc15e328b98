#include "report/histogram_rows.h"

#include <algorithm>
#include <span>

namespace loopstall {
namespace {

using Edges = std::vector<std::uint64_t>;

constexpr std::size_t kRowsAtMost = 12;
constexpr std::uint64_t k125[] = {1, 2, 5}, k13[] = {1, 3}, k1[] = {1};
constexpr std::span<const std::uint64_t> kSteps[] = {k125, k13, k1};

// From the last step at or below `low` to the first one above `high`, with the threshold if it lies between.
Edges edges_between(std::uint64_t low, std::uint64_t high, std::uint64_t threshold,
                    std::span<const std::uint64_t> steps) {
  Edges edges{0};
  for (std::uint64_t decade = 1; edges.back() <= high; decade *= 10)
    for (std::uint64_t step : steps) {
      if (edges.back() > high) break;
      if (step * decade <= low) edges.clear();
      edges.push_back(step * decade);
    }
  if (threshold > edges.front() && threshold < edges.back()) edges.push_back(threshold);
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

std::vector<HistogramRow> empty_rows(const Edges& edges) {
  std::vector<HistogramRow> rows;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) rows.push_back({edges[i], edges[i + 1], 0, 0});
  return rows;
}

// A bucket is far narrower than a row: its mean tells the row.
void put(std::vector<HistogramRow>& rows, std::uint64_t mean, std::uint64_t count, std::uint64_t sum) {
  const auto after = std::upper_bound(rows.begin(), rows.end(), mean,
                                      [](std::uint64_t ns, const HistogramRow& row) { return ns < row.low_ns; });
  HistogramRow& row = after == rows.begin() ? rows.front() : *(after - 1);
  row.count += count;
  row.sum_ns += sum;
}

bool straddles(const BucketDelta& b, std::uint64_t threshold) {
  return bucket_low_ns(b.bucket) < threshold && b.bucket + 1 < kBuckets && bucket_low_ns(b.bucket + 1) > threshold;
}

// The threshold falls inside one bucket; how many of its values are stalls follows from the exact number of stalls.
void put_straddling(std::vector<HistogramRow>& rows, const BucketDelta& b, std::uint64_t threshold,
                    std::uint64_t stalls) {
  const std::uint64_t above = std::min(stalls, b.count), below = b.count - above;
  const std::uint64_t sum_above = above == b.count ? b.sum_ns : std::min(b.sum_ns, above * threshold);
  if (above) put(rows, threshold, above, sum_above);
  if (below) put(rows, threshold - 1, below, b.sum_ns - sum_above);
}

void fill(std::vector<HistogramRow>& rows, const Distribution& d, std::uint64_t threshold, std::uint64_t stalls) {
  for (auto b = d.buckets.rbegin(); b != d.buckets.rend(); ++b) {
    if (b->count == 0) continue;
    if (straddles(*b, threshold)) {
      put_straddling(rows, *b, threshold, stalls);
    } else {
      put(rows, b->sum_ns / b->count, b->count, b->sum_ns);
    }
    stalls -= std::min(stalls, b->count);
  }
}

void trim(std::vector<HistogramRow>& rows) {
  const auto occupied = [](const HistogramRow& row) { return row.count > 0; };
  rows.erase(rows.begin(), std::find_if(rows.begin(), rows.end(), occupied));
  rows.erase(std::find_if(rows.rbegin(), rows.rend(), occupied).base(), rows.end());
}

std::size_t occupied_rows(const std::vector<HistogramRow>& rows) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const HistogramRow& row) { return row.count > 0; }));
}

}  // namespace

std::vector<HistogramRow> histogram_rows(const Distribution& d, std::uint64_t threshold, std::uint64_t stalls) {
  std::vector<HistogramRow> rows;
  for (std::span<const std::uint64_t> steps : kSteps) {
    rows = empty_rows(edges_between(d.min_ns, d.max_ns, threshold, steps));
    fill(rows, d, threshold, stalls);
    trim(rows);
    if (occupied_rows(rows) <= kRowsAtMost) break;
  }
  return rows;
}

}  // namespace loopstall
