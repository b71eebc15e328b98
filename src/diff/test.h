// Whether what differs is more than noise: see diff.h.
#pragma once

#include <map>

#include "diff/pairing.h"

namespace loopstall {

// What the tests of one comparison have in common.
class Test {
 public:
  // alpha: the level of each single number.
  Test(const Tolerance& tolerance, double alpha) : tolerance_(tolerance), alpha_(alpha) {}
  // Compares the mean and the quantiles that are to be tested.
  void operator()(Pairing& it);

 private:
  double reach(std::size_t blocks);
  // Whether `less` is surely less than `more`, by more than the tolerance.
  bool surely_less(const Resampled& less, const Statistic& high, const Resampled& more, const Statistic& low,
                   double reach) const;

  const Tolerance tolerance_;
  const double alpha_;
  Drawer drawer_;
  std::map<std::size_t, double> reaches_;
};

}  // namespace loopstall
