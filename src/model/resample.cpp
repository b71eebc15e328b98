#include "model/resample.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/student.h"

namespace loopstall {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<const BlockValues*> places_of(const Blocks& blocks) {
  std::vector<const BlockValues*> places;
  for (const BlockValues& block : blocks) places.push_back(&block);
  return places;
}

std::vector<const BlockValues*> places_of(const std::vector<Blocks>& runs) {
  std::vector<const BlockValues*> places;
  for (const Blocks& blocks : runs)
    for (const BlockValues& block : blocks) places.push_back(&block);
  return places;
}

std::vector<std::size_t> sizes_of(const std::vector<Blocks>& runs) {
  std::vector<std::size_t> sizes;
  for (const Blocks& blocks : runs) sizes.push_back(blocks.size());
  return sizes;
}

// Sums from which a mean and a standard deviation follow.
struct Moments {
  double n = 0, sum = 0, squares = 0;
  void take(double x) { n += 1, sum += x, squares += x * x; }
  double deviation() const {
    const double variance = (squares - sum * sum / n) / (n - 1);
    return std::isnan(variance) ? kInfinity : std::sqrt(std::max(0.0, variance));
  }
};

double margin(double error_a, double error_b, double reach) {
  return std::isinf(reach) ? reach : reach * std::hypot(error_a, error_b);
}

}  // namespace

Resampled::Resampled(const std::vector<const BlockValues*>& blocks, const Picks& picks)
    : once_(each_once(blocks.size())), all_(blocks, once_), draws_(blocks, picks) {}

Resampled::Resampled(const Blocks& blocks, Drawer& drawer)
    : Resampled(places_of(blocks), drawer.draw({blocks.size()})) {}

Resampled::Resampled(const std::vector<Blocks>& runs, Drawer& drawer)
    : Resampled(places_of(runs), drawer.draw(sizes_of(runs))) {}

Estimate Resampled::estimate(const Statistic& statistic) const {
  if (once_.times.empty()) return {};
  Moments plain, logarithm;
  for (std::size_t i = 0; i < draws_.size(); ++i) {
    const double value = statistic(draws_[i]);
    plain.take(value);
    logarithm.take(value > 0 ? std::log(value) : -kInfinity);
  }
  return {value(statistic), plain.deviation(), logarithm.deviation()};
}

Estimate resample(const Blocks& blocks, const Statistic& statistic) {
  Drawer drawer;
  return Resampled(blocks, drawer).estimate(statistic);
}

Estimate resample(const std::vector<Blocks>& runs, const Statistic& statistic) {
  Drawer drawer;
  return Resampled(runs, drawer).estimate(statistic);
}

double reach(double alpha, std::size_t blocks) {
  return blocks < 2 ? kInfinity : student_quantile(alpha, static_cast<double>(blocks - 1));
}

Interval ratio_interval(const Estimate& before, const Estimate& after, double reach) {
  if (before.value <= 0 || after.value <= 0) return {0, 0, kInfinity};
  const double ratio = after.value / before.value;
  const double factor = std::exp(margin(before.log_error, after.log_error, reach));
  return {ratio / factor, ratio, ratio * factor};
}

Interval difference_interval(const Estimate& before, const Estimate& after, double reach) {
  const double difference = after.value - before.value;
  const double to_each_side = margin(before.error, after.error, reach);
  return {difference - to_each_side, difference, difference + to_each_side};
}

}  // namespace loopstall
