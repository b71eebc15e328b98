#include "session/collector.h"

#include "catch.h"
#include "unit/session/scene.h"

using namespace loopstall;

namespace {

constexpr LoopId kFirst{0};

LoopSample counted(LoopId loop, std::uint64_t iterations) {
  LoopSample sample;
  sample.loop = loop;
  sample.at_ns = kStart + 1;
  sample.delta.iterations = iterations;
  return sample;
}

}  // namespace

TEST_CASE("a loop that opens makes its process known and gets its name") {
  Scene scene;
  scene.open_loop(kFirst, 7, 7);
  REQUIRE(scene.session.processes.size() == 1);
  CHECK(scene.session.processes[0].command == "/usr/bin/server --port 8000");
  REQUIRE(scene.session.loops.size() == 1);
  CHECK(scene.session.loops[0].comm == "server");
  CHECK(scene.session.loops[0].runtime == scene.session.processes[0].runtime);
  CHECK(scene.control.given_traits.contains(kFirst));
}

TEST_CASE("an epoll loop is judged by the members of its set") {
  Scene scene;
  scene.open_loop(kFirst, 7, 7);
  scene.collector.on_loop(kFirst, 7, 7, Wait::EpollWait, 5, {});
  CHECK(scene.session.loops[0].confirmed);
  CHECK(scene.control.confirmed == std::vector{kFirst});
}

TEST_CASE("what was counted before the confirmation is kept, and the confirmation may come late") {
  Scene scene;
  scene.set_members(7, 6, {4});
  scene.open_loop(kFirst, 7, 7);
  scene.collector.on_loop(kFirst, 7, 7, Wait::EpollWait, 6, {});
  CHECK_FALSE(scene.session.loops[0].confirmed);
  CHECK_FALSE(scene.session.loops[0].unconfirmed_reason.empty());
  scene.collector.on(counted(kFirst, 12));
  scene.set_members(7, 6, {3, 4});
  scene.collector.on_loop(kFirst, 7, 7, Wait::EpollWait, 6, {});
  CHECK(scene.session.loops[0].confirmed);
  CHECK(scene.session.loops[0].total.iterations == 12);
}

TEST_CASE("a confirmed loop is not judged again") {
  Scene scene;
  scene.open_loop(kFirst, 7, 7);
  scene.collector.on_loop(kFirst, 7, 7, Wait::EpollWait, 5, {});
  scene.set_members(7, 5, {4});
  scene.collector.on_loop(kFirst, 7, 7, Wait::EpollWait, 5, {});
  CHECK(scene.session.loops[0].confirmed);
  CHECK(scene.control.confirmed.size() == 1);
}

TEST_CASE("very many unconfirmed threads take turns, and the last round judges them all") {
  Scene scene;
  scene.set_members(7, 6, {4});
  constexpr std::uint32_t kThreads = 3 * kJudgedPerTick;
  const auto ask_all = [&] {
    for (std::uint32_t i = 0; i < kThreads; ++i) scene.collector.on_loop(LoopId{i}, 7, 7, Wait::EpollWait, 6, {});
  };
  for (std::uint32_t i = 0; i < kThreads; ++i) scene.open_loop(LoopId{i}, 7, 7);
  ask_all();
  scene.set_members(7, 6, {3, 4});
  scene.collector.tick(kStart + 1);
  ask_all();
  CHECK(scene.control.confirmed.size() >= kJudgedPerTick / 2);
  CHECK(scene.control.confirmed.size() <= kJudgedPerTick);
  scene.collector.begin_last_round();
  ask_all();
  CHECK(scene.control.confirmed.size() == kThreads);
}

TEST_CASE("the session's duration grows with the ticks") {
  Scene scene;
  scene.collector.tick(kStart + 5);
  CHECK(scene.session.info.duration_ns == 5);
}

TEST_CASE("iterations are handed on only to who asked for them") {
  struct Counter : IterationSink {
    void on_iteration(LoopId, std::uint64_t, std::uint64_t, std::uint64_t) override { ++seen; }
    int seen = 0;
  } counter;
  Scene scene;
  scene.collector.on_iteration(kFirst, 1, 2, 0);
  Collector curious(scene.session, scene.proc, scene.control, &counter);
  curious.on_iteration(kFirst, 1, 2, 0);
  CHECK(counter.seen == 1);
}
