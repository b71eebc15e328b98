// Resampling: known distributions, and that what is chance is called chance as often as the level says.
#include "model/resample.h"

#include <cmath>
#include <random>

#include "base/units.h"
#include "catch.h"
#include "model/student.h"
#include "probes/buckets.h"

using namespace loopstall;

namespace {

const Statistic kMean = [](const Pool& pool) { return pool.mean_ns(); };
const double kReach = reach(0.01, 25);
const Statistic kMedian = [](const Pool& pool) { return pool.quantile_ns(0.5); };

BlockValues block_of(const std::vector<std::uint64_t>& values) {
  BlockValues block{.values = {}, .runqueue_ns = 0, .length_ns = kShortestBlockNs};
  for (const std::uint64_t ns : values) add(block.values, {ls_bucket(ns), 1, ns});
  return block;
}

// Blocks of ten steps each, log-normal around 5 ms; slow blocks come in runs of two.
Blocks noisy(std::mt19937& random, std::size_t n, double factor = 1) {
  std::lognormal_distribution<double> ns(std::log(5e6 * factor), 0.2), drift(0, 0.1);
  Blocks blocks;
  double slow = 1;
  for (std::size_t i = 0; i < n; ++i) {
    if (i % 2 == 0) slow = drift(random);
    std::vector<std::uint64_t> values;
    for (int k = 0; k < 10; ++k) values.push_back(static_cast<std::uint64_t>(ns(random) * slow));
    blocks.push_back(block_of(values));
  }
  return blocks;
}

bool excludes(const Interval& interval, double value) { return interval.low > value || interval.high < value; }

}  // namespace

TEST_CASE("Student's quantiles are those of the tables") {
  CHECK(student_quantile(0.05, 1) == Approx(12.7062).epsilon(1e-5));
  CHECK(student_quantile(0.05, 10) == Approx(2.22814).epsilon(1e-5));
  CHECK(student_quantile(0.01, 24) == Approx(2.79694).epsilon(1e-5));
  CHECK(student_quantile(0.001, 60) == Approx(3.46020).epsilon(1e-5));
  CHECK(student_quantile(0.01, 1e6) == Approx(2.57583).epsilon(1e-5));
  CHECK(student_quantile(2e-6, 24) == Approx(6.27).epsilon(1e-2));
}

TEST_CASE("a pool's quantiles are a histogram's") {
  Histogram h;
  Blocks blocks;
  std::mt19937 random(1);
  blocks = noisy(random, 3);
  for (const BlockValues& block : blocks)
    for (const BucketDelta& b : block.values) h.add(b);
  for (const double q : {0.1, 0.5, 0.9}) {
    const Statistic quantile = [q](const Pool& pool) { return pool.quantile_ns(q); };
    CHECK(resample(blocks, quantile).value == Approx(h.quantile_ns(q)).epsilon(1e-6));
  }
  CHECK(resample(blocks, kMean).value == Approx(static_cast<double>(h.sum_ns()) / 30));
}

TEST_CASE("a draw holds what its blocks hold, each as often as it was drawn") {
  std::mt19937 random(1);
  Blocks blocks = noisy(random, 9);
  blocks[4] = {};
  for (BlockValues& block : blocks) block.runqueue_ns = random() % 1000;
  std::vector<const BlockValues*> places;
  for (const BlockValues& block : blocks) places.push_back(&block);
  Drawer drawer;
  const Picks& picks = drawer.draw({5, 4});
  const Pools pools(places, picks);
  for (std::size_t draw = 0; draw < pools.size(); ++draw) {
    Histogram h;
    std::uint64_t runqueue_ns = 0;
    for (std::size_t i = 0; i < blocks.size(); ++i)
      for (int times = static_cast<int>(picks.of(i)[draw]); times > 0; --times) {
        for (const BucketDelta& b : blocks[i].values) h.add(b);
        runqueue_ns += blocks[i].runqueue_ns;
      }
    const Pool pool = pools[draw];
    REQUIRE(pool.count() == static_cast<double>(h.count()));
    REQUIRE(pool.sum_ns() == static_cast<double>(h.sum_ns()));
    REQUIRE(pool.runqueue_ns() == static_cast<double>(runqueue_ns));
    for (const double q : {0.0, 0.1, 0.5, 0.95})
      REQUIRE(pool.quantile_ns(q) == Approx(h.quantile_ns(q)).epsilon(0.008));  // extremes are a histogram's alone
    REQUIRE(pool.quantile_ns(0.5) == Approx(h.quantile_ns(0.5)).margin(1));
  }
}

TEST_CASE("of two runs a draw takes two, and from each all blocks") {
  Drawer drawer;
  const Picks& picks = drawer.draw({5, 4});
  CHECK(&picks == &drawer.draw({5, 4}));
  for (std::size_t draw = 0; draw < picks.draws; ++draw) {
    double first = 0, second = 0;
    for (std::size_t i = 0; i < 9; ++i) (i < 5 ? first : second) += picks.of(i)[draw];
    REQUIRE(first / 5 + second / 4 == 2);
  }
}

TEST_CASE("the standard error of a mean of independent blocks is that of the textbook") {
  std::mt19937 random(1);
  std::normal_distribution<double> ns(5e6, 1e6);
  Blocks blocks;
  for (int i = 0; i < 60; ++i) blocks.push_back(block_of({static_cast<std::uint64_t>(ns(random))}));
  CHECK(resample(blocks, kMean).error == Approx(1e6 / std::sqrt(60)).epsilon(0.3));
}

TEST_CASE("the same blocks give the same numbers each time") {
  std::mt19937 random(1);
  const Blocks blocks = noisy(random, 25);
  Drawer drawer;
  drawer.draw({7});
  const Estimate a = Resampled(blocks, drawer).estimate(kMedian), b = resample(blocks, kMedian);
  CHECK(a.log_error == b.log_error);
  CHECK(a.value == b.value);
}

TEST_CASE("one outlier makes no difference") {
  std::mt19937 random(1);
  const Blocks before = noisy(random, 25);
  Blocks after = noisy(random, 25);
  add(after[7].values, {ls_bucket(5 * kSecond), 1, 5 * kSecond});
  const Interval ratio = ratio_interval(resample(before, kMean), resample(after, kMean), kReach);
  CHECK(ratio.middle > 2);
  CHECK_FALSE(excludes(ratio, 1));
}

TEST_CASE("what is chance is called a difference as rarely as the level says, also with correlated blocks") {
  std::mt19937 random(1);
  int wrong = 0, found = 0;
  for (int i = 0; i < 300; ++i) {
    const Blocks before = noisy(random, 25), same = noisy(random, 25), slower = noisy(random, 25, 1.3);
    const Estimate a = resample(before, kMedian);
    wrong += excludes(ratio_interval(a, resample(same, kMedian), kReach), 1);
    found += excludes(ratio_interval(a, resample(slower, kMedian), kReach), 1);
  }
  INFO("of 300: " << wrong << " wrong at 1 %, " << found << " found");
  CHECK(wrong <= 12);
  CHECK(found >= 290);
}

TEST_CASE("a draw without any value makes the interval boundless") {
  Blocks blocks(25, BlockValues{.values = {}, .runqueue_ns = 0, .length_ns = kShortestBlockNs});
  blocks[3] = block_of({5'000'000});
  CHECK(occupied(blocks) == 1);
  const Estimate estimate = resample(blocks, kMedian);
  CHECK(estimate.value == Approx(5e6));
  CHECK(std::isinf(estimate.log_error));
  CHECK_FALSE(excludes(ratio_interval(estimate, estimate, kReach), 100));
}

TEST_CASE("of a session, a short last block belongs to the one before, and a row's rest is what its handlers left") {
  Session session;
  session.info.start_ns = kSecond;
  apply(session, LoopOpened{.loop = {0}, .pid = 1, .tid = 1, .at_ns = kSecond, .comm = {}, .runtime = {}});
  apply(session, LoopConfirmed{{0}, true, ""});
  apply(session, TaskSeen{{0}, {0}, TaskKind::Task, {"serve", "", 5}, FrameRole::Library});
  for (std::uint64_t i = 1; i <= 4; ++i) {
    const std::uint64_t hold = i * kMillisecond;
    LoopSample sample;
    sample.delta.iterations = 1;
    sample.own = {{ls_bucket(hold), 1, hold}};
    apply(session, sample);
    TaskSample steps{.task = {0}, .delta = {2, 2 * hold, 0, {}}, .hold = {{ls_bucket(hold) & ~1U, 2, 2 * hold}}};
    apply(session, steps);
    apply(session, StepHandled{{0}, {"get", "", 9}, false, hold, {}, false});
    apply(session, TaskCoverageRead{{0}, {i * kShortestBlockNs, i, i}});
    apply(session, ReadingEnded{kSecond + (i < 4 ? i * kShortestBlockNs : 3 * kShortestBlockNs + 5)});
  }
  const Summary summary = summarize(session);
  const Blocks own = own_blocks(summary, summary.loops[0]);
  REQUIRE(own.size() == 3);
  CHECK(own[2].values.size() == 2);
  CHECK(own[2].length_ns == kShortestBlockNs + 5);
  REQUIRE(summary.tasks.size() == 2);
  for (const TaskSummary& row : summary.tasks) {
    const Blocks hold = hold_blocks(summary, row);
    REQUIRE(hold.size() == 3);
    CHECK(occupied(hold) == 3);
    CHECK(hold[0].values[0].count == 1);
    CHECK(hold[1].length_ns == kShortestBlockNs);
  }
}
