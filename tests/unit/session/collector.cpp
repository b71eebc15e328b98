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

TEST_CASE("of an epoll set that is closed by now counts what was noted") {
  using Kind = Waited::Kind;
  Scene scene;
  scene.open_loop(kFirst, 7, 7);
  scene.set_members(7, 6, {});
  scene.collector.on_loop(kFirst, 7, 7, Wait::EpollWait, 6, {{20, Kind::Pipe, 1}, {21, Kind::Other, 2}});
  CHECK(scene.session.loops[0].confirmed);
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
  Collector curious(scene.session, scene.proc, scene.control, {}, &counter);
  curious.on_iteration(kFirst, 1, 2, 0);
  CHECK(counter.seen == 1);
}

namespace {

struct Heard : StallListener {
  void on_stall(const Stall& stall) override { stalls.push_back(stall); }
  std::vector<Stall> stalls;
};

// A loop of the scene's server that is known to be one.
struct LoopScene : Scene {
  explicit LoopScene(bool knows_its_wait = true) {
    open_loop(kFirst, 7, 7);
    collector.on_loop(kFirst, 7, 7, Wait::EpollWait, 5, {});
    collector.tell_stalls(&heard);
    if (!knows_its_wait) return;
    RawSample wait = sleep(0);
    wait.kind = SampleKind::LoopWait;
    collector.on_sample(wait);
  }
  Stall stall(std::uint64_t iteration) const {
    Stall stall{kFirst, 7, 7, iteration, kStart + iteration, 20'000'000};
    stall.split.blocked_ns = stall.busy_ns;
    return stall;
  }
  RawSample sleep(std::uint64_t iteration) const {
    RawSample look;
    look.loop = kFirst;
    look.pid = look.tid = 7;
    look.kind = SampleKind::Sleep;
    look.iteration = iteration;
    look.weight_ns = look.length_ns = 20'000'000;
    look.stopped = true;
    return look;
  }
  Heard heard;
};

}  // namespace

TEST_CASE("looks at a stall become its evidence once the drain is over") {
  LoopScene scene;
  scene.collector.on_sample(scene.sleep(1));
  scene.collector.on(StallSeen{scene.stall(1)});
  CHECK(scene.session.stalls.at(0).evidence->empty());
  scene.collector.settle();
  const auto& causes = scene.session.stalls.at(0).evidence->causes;
  REQUIRE(causes.size() == 1);
  CHECK(causes[0].cause.kind == CauseKind::Stopped);
  CHECK(causes[0].ns == 20'000'000);
  REQUIRE(scene.heard.stalls.size() == 1);
  CHECK(scene.heard.stalls[0].busy_ns == 20'000'000);
  CHECK_FALSE(scene.heard.stalls[0].evidence->empty());
}

TEST_CASE("looks at another iteration are no evidence") {
  LoopScene scene;
  scene.collector.on_sample(scene.sleep(2));
  scene.collector.on(StallSeen{scene.stall(3)});
  scene.collector.settle();
  CHECK(scene.session.stalls.at(0).evidence->causes.at(0).cause.kind == CauseKind::Unknown);
}

TEST_CASE("a stall whose evidence has to wait is told, though the next one is seen to go on before that") {
  LoopScene scene(false);
  scene.collector.on_sample(scene.sleep(1));
  scene.collector.on(StallSeen{scene.stall(1)});
  scene.collector.settle();
  CHECK(scene.heard.stalls.empty());
  Stall next = scene.stall(2);
  next.ongoing = true;
  scene.collector.on_ongoing(next, scene.sleep(2));
  scene.collector.settle(true);
  scene.collector.on(StallSeen{scene.stall(2)});
  scene.collector.settle(true);
  REQUIRE(scene.heard.stalls.size() == 2);
  CHECK(scene.heard.stalls[0].iteration == 2);
  CHECK(scene.heard.stalls[1].iteration == 1);
}

TEST_CASE("a stall that goes on is shown as long as it does, and told once") {
  LoopScene scene;
  Stall stall = scene.stall(1);
  stall.ongoing = true;
  scene.collector.begin_ongoing();
  scene.collector.on_ongoing(stall, scene.sleep(1));
  REQUIRE(scene.session.ongoing.size() == 1);
  CHECK(scene.session.ongoing[0].evidence.causes.at(0).cause.kind == CauseKind::Stopped);
  CHECK(scene.heard.stalls.size() == 1);
  scene.collector.begin_ongoing();
  scene.collector.on_ongoing(stall, std::nullopt);
  CHECK(scene.session.ongoing.size() == 1);
  scene.collector.begin_ongoing();
  CHECK(scene.session.ongoing.empty());
  scene.collector.on(StallSeen{stall});
  scene.collector.settle();
  CHECK(scene.heard.stalls.size() == 1);
  scene.collector.on(StallSeen{scene.stall(2)});
  scene.collector.settle();
  CHECK(scene.heard.stalls.size() == 2);
}

TEST_CASE("without evidence a stall is told as soon as it is seen, and the loop says why") {
  LoopScene scene;
  scene.collector.set_no_evidence("switched off");
  scene.collector.on(StallSeen{scene.stall(1)});
  CHECK(scene.heard.stalls.size() == 1);
  scene.open_loop(LoopId{1}, 7, 8);
  CHECK(scene.session.loops[1].tier == Tier::Iterations);
  CHECK(scene.session.loops[1].tier_reason == "switched off");
  CHECK(scene.session.loops[0].tier == Tier::Stacks);
}

TEST_CASE("stalls of what is no loop are not told") {
  LoopScene scene;
  scene.collector.on(LoopConfirmed{kFirst, false, "waits for one socket only"});
  scene.collector.on(StallSeen{scene.stall(1)});
  scene.collector.settle();
  CHECK(scene.heard.stalls.empty());
}
