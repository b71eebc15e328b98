#include "session/task_budget.h"

#include "catch.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t kMs = 1'000'000, kS = 1'000'000'000;

// A server that makes so many steps a second, each of which costs 2 us when it is counted.
struct Scene {
  explicit Scene(TasksMode mode, double overhead = 0.02) : budget({mode, overhead}, 0, [] { return 0.5; }) {}
  void run(std::uint64_t seconds, std::uint64_t steps_per_s, std::size_t loops = 1) {
    for (const std::uint64_t end = now + seconds * kS; now < end; now += 250 * kMs) {
      const auto step = budget.update(now, hits, 2000, loops);
      begun += step == TaskBudget::Step::Begin;
      ended += step == TaskBudget::Step::End;
      if (!budget.counting()) continue;
      hits += steps_per_s / 4;
      counted_ns += 250 * kMs;
    }
  }
  double overhead() const { return static_cast<double>(hits * 2000) / static_cast<double>(now); }

  TaskBudget budget;
  std::uint64_t now = 0, hits = 0, counted_ns = 0;
  int begun = 0, ended = 0;
};

}  // namespace

TEST_CASE("what is cheap is counted all the time") {
  Scene scene(TasksMode::Auto);
  scene.run(60, 5000);
  CHECK(scene.counted_ns == 60 * kS);
  CHECK(scene.begun == 1);
  CHECK(scene.ended == 0);
  CHECK(scene.budget.reason().empty());
}

TEST_CASE("what is dear is counted in windows of 5 s and more, within the budget") {
  Scene scene(TasksMode::Auto);
  scene.run(300, 40'000);
  CHECK(scene.begun > 5);
  CHECK(scene.overhead() <= 0.02);
  CHECK(scene.overhead() > 0.01);
  CHECK(scene.counted_ns >= static_cast<std::uint64_t>(scene.begun - 2) * 5 * kS);
  CHECK(scene.budget.reason() ==
        "counting every step would cost 8.0 % of the thread's time, more than 2.0 % (--max-overhead): in windows");
}

TEST_CASE("the first look at a dear server is short") {
  Scene scene(TasksMode::Auto);
  scene.run(4, 40'000);
  CHECK(scene.counted_ns <= 500 * kMs);
  CHECK(scene.ended == 1);
}

TEST_CASE("a window costs what it costs while its probes are in") {
  TaskBudget budget({TasksMode::Auto, 0.02}, 0, [] { return 0.5; });
  CHECK(budget.update(0, 0, 2000, 1) == TaskBudget::Step::Begin);
  budget.opened(150 * kMs);
  CHECK(budget.update(250 * kMs, 4000, 2000, 1) == TaskBudget::Step::Stay);  // open for less than a first look takes
  CHECK(budget.update(400 * kMs, 10'000, 2000, 1) == TaskBudget::Step::End);
  CHECK(budget.reason() ==
        "counting every step would cost 8.0 % of the thread's time, more than 2.0 % (--max-overhead): in windows");
}

TEST_CASE("a burst at the start does not end the first window") {
  Scene scene(TasksMode::Auto);
  scene.run(1, 15'000);
  scene.run(30, 5000);
  CHECK(scene.counted_ns == 31 * kS);
  CHECK(scene.ended == 0);
}

TEST_CASE("what is a little too dear is counted until it has spent a window's budget") {
  Scene scene(TasksMode::Auto);
  scene.run(3, 15'000);
  CHECK(scene.counted_ns == 3 * kS);
  scene.run(2, 15'000);
  CHECK(scene.ended == 1);
  CHECK(scene.overhead() <= 0.021);  // the last quarter of a second is one too many
  scene.run(55, 15'000);
  CHECK(scene.overhead() <= 0.02);
}

TEST_CASE("a rate that grows later is noticed") {
  Scene scene(TasksMode::Auto);
  scene.run(30, 1000);
  CHECK(scene.budget.counting());
  scene.run(300, 80'000);
  CHECK(scene.ended > 0);
  CHECK(scene.overhead() <= 0.021);
}

TEST_CASE("what is hopeless is given up") {
  Scene scene(TasksMode::Auto, 0.0001);
  scene.run(60, 40'000);
  CHECK(scene.budget.gave_up());
  CHECK(scene.begun == 1);
  CHECK(scene.budget.reason().ends_with(": stacks only"));
}

TEST_CASE("threads share the cost") {
  Scene scene(TasksMode::Auto);
  scene.run(60, 15'000, 2);
  CHECK(scene.counted_ns == 60 * kS);
}

TEST_CASE("on is on, off is off") {
  Scene on(TasksMode::On), off(TasksMode::Off);
  on.run(60, 400'000);
  off.run(60, 10);
  CHECK(on.counted_ns == 60 * kS);
  CHECK(off.counted_ns == 0);
}
