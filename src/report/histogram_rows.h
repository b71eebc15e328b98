// Hundreds of fine buckets -> a few rows for a drawing: 1-2-5 steps, coarser if that makes too many rows, with the
// stall threshold as an edge of its own, so that the rows from there on hold exactly the stalls.
#pragma once

#include <cstdint>
#include <vector>

#include "model/summary.h"

namespace loopstall {

struct HistogramRow {
  std::uint64_t low_ns = 0;
  std::uint64_t high_ns = 0;
  std::uint64_t count = 0;
  std::uint64_t sum_ns = 0;
};

// Ascending; rows without a value lie only between rows with one. stalls: the exact count at or above threshold.
std::vector<HistogramRow> histogram_rows(const Distribution& distribution, std::uint64_t threshold_ns,
                                         std::uint64_t stalls);

}  // namespace loopstall
