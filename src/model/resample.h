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

#include "model/pools.h"

namespace loopstall {

using Statistic = std::function<double(const Pool&)>;

struct Estimate {
  double value = 0;      // of all blocks
  double error = 0;      // standard error
  double log_error = 0;  // of the value's logarithm; infinite if a draw had a value of 0 or less
};

// Some blocks, ready to be asked for statistics, all from the same draws.
class Resampled {
 public:
  // The blocks and the drawer outlive it.
  Resampled(const Blocks& blocks, Drawer& drawer);
  // Of several runs: a draw takes as many runs as there are, and from each of these as many blocks as it has.
  Resampled(const std::vector<Blocks>& runs, Drawer& drawer);
  Resampled(const Resampled&) = delete;

  double value(const Statistic& statistic) const { return statistic(all_[0]); }
  Estimate estimate(const Statistic& statistic) const;

 private:
  Resampled(const std::vector<const BlockValues*>& blocks, const Picks& picks);

  Picks once_;
  Pools all_, draws_;
};

// Of a single statistic.
Estimate resample(const Blocks& blocks, const Statistic& statistic);
Estimate resample(const std::vector<Blocks>& runs, const Statistic& statistic);

struct Interval {
  double low = 0, middle = 0, high = 0;
};

// How many standard errors an interval at level 1 - alpha reaches to each side: Student's t of `blocks` - 1 degrees of
// freedom, the smaller number of blocks of the two sessions.
double reach(double alpha, std::size_t blocks);

// Confidence intervals of after/before and after - before.
Interval ratio_interval(const Estimate& before, const Estimate& after, double reach);
Interval difference_interval(const Estimate& before, const Estimate& after, double reach);

}  // namespace loopstall
