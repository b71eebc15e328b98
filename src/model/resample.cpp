#include "model/resample.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "model/student.h"

namespace loopstall {
namespace {

constexpr std::uint64_t kSeed = 1;

// Only buckets that are in use have a place in a Pool.
std::vector<std::uint32_t> places(const std::vector<Blocks>& runs, std::size_t& n) {
  std::vector<bool> used(kBuckets);
  for (const Blocks& blocks : runs)
    for (const BlockValues& block : blocks)
      for (const BucketDelta& b : block.values) used[b.bucket] = true;
  std::vector<std::uint32_t> place_of(kBuckets);
  n = 0;
  for (std::uint32_t bucket = 0; bucket < kBuckets; ++bucket)
    if (used[bucket]) place_of[bucket] = static_cast<std::uint32_t>(n++);
  return place_of;
}

// Sums from which a mean and a standard deviation follow.
struct Moments {
  double n = 0, sum = 0, squares = 0;
  void take(double x) { n += 1, sum += x, squares += x * x; }
  double deviation() const {
    const double variance = (squares - sum * sum / n) / (n - 1);
    return std::isnan(variance) ? std::numeric_limits<double>::infinity() : std::sqrt(std::max(0.0, variance));
  }
};

struct Draws {
  Moments plain, logarithm;
  void take(double value) {
    plain.take(value);
    logarithm.take(value > 0 ? std::log(value) : -std::numeric_limits<double>::infinity());
  }
};

class Drawer {
 public:
  explicit Drawer(const std::vector<Blocks>& runs) : runs_(runs), place_of_(places(runs, buckets_)) {}

  Pool all() const {
    Pool pool(buckets_);
    for (const Blocks& blocks : runs_)
      for (const BlockValues& block : blocks) pool.add(block, place_of_);
    return pool;
  }

  Pool draw() {
    Pool pool(buckets_);
    for (std::size_t i = 0; i < runs_.size(); ++i)
      draw(runs_.size() == 1 ? runs_[0] : runs_[random_() % runs_.size()], pool);
    return pool;
  }

 private:
  void draw(const Blocks& blocks, Pool& pool) {
    const std::size_t n = blocks.size();
    const auto run = static_cast<std::size_t>(std::lround(std::cbrt(static_cast<double>(n))));
    for (std::size_t drawn = 0, at = 0; drawn < n; ++drawn, ++at) {
      if (drawn % run == 0) at = random_() % n;
      pool.add(blocks[at % n], place_of_);
    }
  }

  const std::vector<Blocks>& runs_;
  std::size_t buckets_ = 0;
  std::vector<std::uint32_t> place_of_;
  std::mt19937_64 random_{kSeed};
};

double reach(double error_a, double error_b, double alpha, std::size_t blocks) {
  if (blocks < 2) return std::numeric_limits<double>::infinity();
  return student_quantile(alpha, static_cast<double>(blocks - 1)) * std::hypot(error_a, error_b);
}

}  // namespace

void Pool::add(const BlockValues& block, const std::vector<std::uint32_t>& place_of) {
  for (const BucketDelta& b : block.values) {
    const auto count = static_cast<double>(b.count), sum = static_cast<double>(b.sum_ns);
    counts_[place_of[b.bucket]] += count;
    sums_[place_of[b.bucket]] += sum;
    count_ += count;
    sum_ns_ += sum;
  }
  runqueue_ns_ += static_cast<double>(block.runqueue_ns);
  length_ns_ += static_cast<double>(block.length_ns);
}

double Pool::quantile_ns(double q) const {
  const double rank = std::clamp(std::ceil(q * count_ * (1 - 1e-15)), 1.0, std::max(1.0, count_));
  double upto = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i)
    if ((upto += counts_[i]) >= rank) return sums_[i] / counts_[i];
  return 0;
}

std::vector<Estimate> resample(const Blocks& blocks, const std::vector<Statistic>& statistics) {
  return resample(std::vector<Blocks>{blocks}, statistics);
}

std::vector<Estimate> resample(const std::vector<Blocks>& runs, const std::vector<Statistic>& statistics) {
  std::vector<Estimate> estimates(statistics.size());
  if (std::all_of(runs.begin(), runs.end(), [](const Blocks& blocks) { return blocks.empty(); })) return estimates;
  Drawer drawer(runs);
  const Pool all = drawer.all();
  std::vector<Draws> draws(statistics.size());
  for (int i = 0; i < kDraws; ++i) {
    const Pool pool = drawer.draw();
    for (std::size_t s = 0; s < statistics.size(); ++s) draws[s].take(statistics[s](pool));
  }
  for (std::size_t s = 0; s < statistics.size(); ++s)
    estimates[s] = {statistics[s](all), draws[s].plain.deviation(), draws[s].logarithm.deviation()};
  return estimates;
}

Interval ratio_interval(const Estimate& before, const Estimate& after, double alpha, std::size_t blocks) {
  if (before.value <= 0 || after.value <= 0) return {0, 0, std::numeric_limits<double>::infinity()};
  const double ratio = after.value / before.value;
  const double factor = std::exp(reach(before.log_error, after.log_error, alpha, blocks));
  return {ratio / factor, ratio, ratio * factor};
}

Interval difference_interval(const Estimate& before, const Estimate& after, double alpha, std::size_t blocks) {
  const double difference = after.value - before.value;
  const double margin = reach(before.error, after.error, alpha, blocks);
  return {difference - margin, difference, difference + margin};
}

}  // namespace loopstall
