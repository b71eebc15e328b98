// What blocks of time hold together, in each of many draws. It is added up for all draws at once, bucket by bucket: a
// draw by itself would be too slow for ten thousand tasks.
#pragma once

#include <vector>

#include "model/block_values.h"
#include "model/picks.h"

namespace loopstall {

class Pools;

// All of one draw.
class Pool {
 public:
  Pool(const Pools& pools, std::size_t draw) : pools_(pools), draw_(draw) {}
  double count() const;
  double sum_ns() const;
  double runqueue_ns() const;
  double mean_ns() const { return count() > 0 ? sum_ns() / count() : 0; }
  double quantile_ns(double q) const;  // as in Histogram, but for the exact extremes; q may be out of [0, 1]

 private:
  const Pools& pools_;
  std::size_t draw_;
};

class Pools {
 public:
  // Blocks and picks outlive it.
  Pools(const std::vector<const BlockValues*>& blocks, const Picks& picks);
  std::size_t size() const { return picks_.draws; }
  Pool operator[](std::size_t draw) const { return {*this, draw}; }

 private:
  friend class Pool;
  // What a block has in a bucket.
  struct Entry {
    std::uint32_t bucket, block;
    double count, sum_ns;
  };
  using Row = std::vector<double>;  // a number for each draw

  void collect(const std::vector<const BlockValues*>& blocks);
  void add_up();
  void add(double* row, std::size_t block, double value) const;
  double upto(std::size_t place, std::size_t draw) const { return upto_[place * size() + draw]; }
  double mean_ns(std::size_t place, std::size_t draw) const;

  const Picks& picks_;
  std::vector<Entry> entries_{};     // by bucket
  std::vector<std::size_t> ends_{};  // of each bucket that is in use: behind its last entry
  Row upto_{};                       // how many values are in this bucket or a lower one: a row for each in use
  Row sum_ns_, runqueue_ns_;
};

}  // namespace loopstall
