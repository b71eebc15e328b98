// How sure a number is that was made from one session: the session's blocks of time are drawn again and again, and the
// number is made anew from what was drawn. Iterations and steps are not independent of their neighbours, and blocks may
// not be of theirs: so runs of neighbouring blocks are drawn, as many together as the cube root of their number (the
// circular moving-block bootstrap of Politis and Romano). The draws are the same each time.
//
// What differs between two runs but not within one (the CPU's frequency, where the kernel put the thread, another
// neighbour on the machine) no block shows: whoever compares sessions needs a tolerance beside the interval.
#pragma once

#include <functional>
#include <vector>

#include "model/block_values.h"

namespace loopstall {

// All of some blocks together.
class Pool {
 public:
  explicit Pool(std::size_t buckets) : counts_(buckets), sums_(buckets) {}
  void add(const BlockValues& block, const std::vector<std::uint32_t>& place_of);
  double count() const { return count_; }
  double sum_ns() const { return sum_ns_; }
  double runqueue_ns() const { return runqueue_ns_; }
  double length_ns() const { return length_ns_; }
  double mean_ns() const { return count_ > 0 ? sum_ns_ / count_ : 0; }
  double quantile_ns(double q) const;  // as in Histogram, but for the exact extremes; q may be out of [0, 1]

 private:
  std::vector<double> counts_, sums_;  // of the buckets that are in use anywhere, ascending
  double count_ = 0, sum_ns_ = 0, runqueue_ns_ = 0, length_ns_ = 0;
};

using Statistic = std::function<double(const Pool&)>;

struct Estimate {
  double value = 0;      // of all blocks
  double error = 0;      // standard error
  double log_error = 0;  // of the value's logarithm; infinite if a draw had a value of 0 or less
};

constexpr int kDraws = 1000;

// One Estimate for each statistic, all from the same draws.
std::vector<Estimate> resample(const Blocks& blocks, const std::vector<Statistic>& statistics);
// The same of several runs: a draw takes as many runs as there are, and from each of these as many blocks as it has.
std::vector<Estimate> resample(const std::vector<Blocks>& runs, const std::vector<Statistic>& statistics);

struct Interval {
  double low = 0, middle = 0, high = 0;
};

// Confidence intervals of after/before and after - before at level 1 - alpha, with Student's t of `blocks` - 1 degrees
// of freedom: the smaller number of blocks of the two.
Interval ratio_interval(const Estimate& before, const Estimate& after, double alpha, std::size_t blocks);
Interval difference_interval(const Estimate& before, const Estimate& after, double alpha, std::size_t blocks);

}  // namespace loopstall
