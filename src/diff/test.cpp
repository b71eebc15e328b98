#include <algorithm>

#include "diff/pairing.h"

namespace loopstall {
namespace {

constexpr double kMixture = 0.2;  // see diff.h

// One number, and what it is at least and at most when its session is given the benefit of the doubt.
struct Estimates {
  Estimate middle, low, high;
};

double low_quantile(const Pool& pool, double q) {
  const double beyond = 1 - q;
  return pool.quantile_ns(q - kMixture * beyond) - pool.runqueue_ns() / std::max(1.0, pool.count() * beyond);
}

double own_mean(const Pool& pool) { return pool.count() > 0 ? (pool.sum_ns() - pool.runqueue_ns()) / pool.count() : 0; }

std::vector<Estimates> estimate(const Blocks& blocks, const std::vector<std::size_t>& quantiles) {
  std::vector<Statistic> statistics{own_mean};
  for (const std::size_t i : quantiles) {
    const double q = kQuantiles[i].q;
    statistics.emplace_back([q](const Pool& p) { return p.quantile_ns(q); });
    statistics.emplace_back([q](const Pool& p) { return low_quantile(p, q); });
    statistics.emplace_back([q](const Pool& p) { return p.quantile_ns(q + kMixture * (1 - q)); });
  }
  const std::vector<Estimate> found = resample(blocks, statistics);
  std::vector<Estimates> estimates{{found[0], found[0], found[0]}};
  for (std::size_t i = 1; i < found.size(); i += 3) estimates.push_back({found[i], found[i + 1], found[i + 2]});
  return estimates;
}

// Whether `less` is surely less than `more`, by more than the tolerance.
bool surely_less(const Estimate& less, const Estimate& more, const Tolerance& t, double alpha, std::size_t blocks) {
  return ratio_interval(less, more, alpha, blocks).low > 1 + t.share &&
         difference_interval(less, more, alpha, blocks).low > static_cast<double>(t.ns);
}

Verdict verdict_of(const std::vector<Change>& changes) {
  const auto any = [&](bool Change::*what) {
    return std::any_of(changes.begin(), changes.end(), [what](const Change& c) { return c.*what; });
  };
  if (any(&Change::worse)) return Verdict::Worse;
  return any(&Change::better) ? Verdict::Better : Verdict::Same;
}

}  // namespace

void test(Pairing& it, const Tolerance& tolerance, double alpha) {
  const std::vector<Estimates> before = estimate(it.before.blocks, it.tested);
  const std::vector<Estimates> after = estimate(it.after.blocks, it.tested);
  const std::size_t blocks = std::min(it.before.blocks.size(), it.after.blocks.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    Change change{
        .name = i ? kQuantiles[it.tested[i - 1]].name : "mean", .before = before[i].middle, .after = after[i].middle};
    change.ratio = ratio_interval(change.before, change.after, alpha, blocks);
    change.worse = surely_less(before[i].high, after[i].low, tolerance, alpha, blocks);
    change.better = surely_less(after[i].high, before[i].low, tolerance, alpha, blocks);
    it.item.changes.push_back(change);
  }
  it.item.verdict = verdict_of(it.item.changes);
}

}  // namespace loopstall
