#include "model/pools.h"

#include <algorithm>
#include <cmath>

namespace loopstall {

Pools::Pools(const std::vector<const BlockValues*>& blocks, const Picks& picks)
    : picks_(picks), sum_ns_(picks.draws), runqueue_ns_(picks.draws) {
  collect(blocks);
  add_up();
}

void Pools::collect(const std::vector<const BlockValues*>& blocks) {
  for (std::uint32_t i = 0; i < blocks.size(); ++i) {
    const BlockValues& block = *blocks[i];
    double sum_ns = 0;
    for (const BucketDelta& b : block.values) {
      entries_.push_back({b.bucket, i, static_cast<double>(b.count), static_cast<double>(b.sum_ns)});
      sum_ns += entries_.back().sum_ns;
    }
    if (sum_ns > 0) add(sum_ns_.data(), i, sum_ns);
    if (block.runqueue_ns) add(runqueue_ns_.data(), i, static_cast<double>(block.runqueue_ns));
  }
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.bucket, a.block) < std::pair(b.bucket, b.block); });
}

void Pools::add_up() {
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (i + 1 == entries_.size() || entries_[i + 1].bucket != entries_[i].bucket) ends_.push_back(i + 1);
  upto_.resize(ends_.size() * size());
  for (std::size_t place = 0, i = 0; place < ends_.size(); ++place) {
    double* row = upto_.data() + place * size();
    if (place) std::copy_n(row - size(), size(), row);
    for (; i < ends_[place]; ++i) add(row, entries_[i].block, entries_[i].count);
  }
}

void Pools::add(double* __restrict row, std::size_t block, double value) const {
  const double* __restrict times = picks_.of(block);
  for (std::size_t draw = 0; draw < size(); ++draw) row[draw] += times[draw] * value;
}

double Pools::mean_ns(std::size_t place, std::size_t draw) const {
  double sum_ns = 0;
  for (std::size_t i = place ? ends_[place - 1] : 0; i < ends_[place]; ++i)
    sum_ns += picks_.of(entries_[i].block)[draw] * entries_[i].sum_ns;
  return sum_ns / (upto(place, draw) - (place ? upto(place - 1, draw) : 0));
}

double Pool::count() const { return pools_.ends_.empty() ? 0 : pools_.upto(pools_.ends_.size() - 1, draw_); }
double Pool::sum_ns() const { return pools_.sum_ns_[draw_]; }
double Pool::runqueue_ns() const { return pools_.runqueue_ns_[draw_]; }

double Pool::quantile_ns(double q) const {
  const double all = count();
  if (all <= 0) return 0;
  const double rank = std::clamp(std::ceil(q * all * (1 - 1e-15)), 1.0, std::max(1.0, all));
  // The first bucket up to which there are so many. Without branches: which way it goes is chance in each draw.
  std::size_t place = 0;
  for (std::size_t left = pools_.ends_.size(); left > 1;) {
    const std::size_t half = left / 2;
    place += pools_.upto(place + half - 1, draw_) < rank ? half : 0;
    left -= half;
  }
  return pools_.mean_ns(place, draw_);
}

}  // namespace loopstall
