#include "diff/test.h"

#include <algorithm>

namespace loopstall {
namespace {

constexpr double kMixture = 0.2;  // see diff.h

// One number, and what it is at least and at most when its session is given the benefit of the doubt.
struct Statistics {
  std::string_view name;
  Statistic middle, low, high;
};

double low_quantile(const Pool& pool, double q) {
  const double beyond = 1 - q;
  return pool.quantile_ns(q - kMixture * beyond) - pool.runqueue_ns() / std::max(1.0, pool.count() * beyond);
}

double own_mean(const Pool& pool) { return pool.count() > 0 ? (pool.sum_ns() - pool.runqueue_ns()) / pool.count() : 0; }

Statistics quantile(std::string_view name, double q) {
  return {name, [q](const Pool& p) { return p.quantile_ns(q); }, [q](const Pool& p) { return low_quantile(p, q); },
          [q](const Pool& p) { return p.quantile_ns(q + kMixture * (1 - q)); }};
}

// The mean, and what of kQuantiles is tested.
const Statistics& statistics(std::size_t i) {
  static const std::vector<Statistics> all = [] {
    std::vector<Statistics> list{{"mean", own_mean, own_mean, own_mean}};
    for (const Quantile& q : kQuantiles) list.push_back(quantile(q.name, q.q));
    return list;
  }();
  return all[i];
}

Verdict verdict_of(const std::vector<Change>& changes) {
  const auto any = [&](bool Change::*what) {
    return std::any_of(changes.begin(), changes.end(), [what](const Change& c) { return c.*what; });
  };
  if (any(&Change::worse)) return Verdict::Worse;
  return any(&Change::better) ? Verdict::Better : Verdict::Same;
}

}  // namespace

double Test::reach(std::size_t blocks) {
  const auto [place, fresh] = reaches_.try_emplace(blocks);
  if (fresh) place->second = loopstall::reach(alpha_, blocks);
  return place->second;
}

// An interval is about the difference of the whole sessions: where that is none, the interval need not be made.
bool Test::surely_less(const Resampled& less, const Statistic& high, const Resampled& more, const Statistic& low,
                       double reach) const {
  const double most = less.value(high), least = more.value(low);
  const auto ns = static_cast<double>(tolerance_.ns);
  if (most <= 0 || least / most <= 1 + tolerance_.share || least - most <= ns) return false;
  const Estimate a = less.estimate(high), b = more.estimate(low);
  return ratio_interval(a, b, reach).low > 1 + tolerance_.share && difference_interval(a, b, reach).low > ns;
}

void Test::operator()(Pairing& it) {
  const Resampled before(it.before.blocks, drawer_), after(it.after.blocks, drawer_);
  const double far = reach(std::min(it.before.blocks.size(), it.after.blocks.size()));
  for (std::size_t i = 0; i <= it.tested.size(); ++i) {
    const Statistics& of = statistics(i ? it.tested[i - 1] + 1 : 0);
    Change change{.name = of.name, .before = before.estimate(of.middle), .after = after.estimate(of.middle)};
    change.ratio = ratio_interval(change.before, change.after, far);
    change.worse = surely_less(before, of.high, after, of.low, far);
    change.better = surely_less(after, of.high, before, of.low, far);
    it.item.changes.push_back(change);
  }
  it.item.verdict = verdict_of(it.item.changes);
}

}  // namespace loopstall
