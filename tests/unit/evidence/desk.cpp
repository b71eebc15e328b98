#include "evidence/desk.h"

#include "catch.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

namespace {

constexpr LoopId kLoop{0};

struct Found : Sink {
  void on(const Event& event) override { events.push_back(std::get<EvidenceFound>(event)); }
  std::vector<EvidenceFound> events;
};

// A sleep in state "stopped" needs no name of a syscall to be told from others.
RawSample look(std::uint64_t iteration, std::uint64_t weight) {
  RawSample sample;
  sample.loop = kLoop;
  sample.pid = sample.tid = 7;
  sample.kind = SampleKind::Sleep;
  sample.stopped = true;
  sample.iteration = iteration;
  sample.weight_ns = sample.length_ns = weight;
  return sample;
}

struct Scene {
  FakeProc fake;
  ProcFs proc = fake.proc();
  Found found;
  Desk desk{proc, found, 1};
  // The look at the loop's own wait, which comes once.
  void see_wait() {
    RawSample wait = look(0, 0);
    wait.kind = SampleKind::LoopWait;
    desk.take(wait);
  }
};

Stall stall(std::uint64_t iteration, std::uint64_t blocked) {
  Stall stall{kLoop, 7, 7, iteration, 1000 * iteration, blocked, {}};
  stall.split.blocked_ns = blocked;
  return stall;
}

std::uint64_t weight(const Evidence& evidence) {
  std::uint64_t sum = 0;
  for (const EvidenceSample& sample : evidence.samples) sum += sample.weight_ns;
  return sum;
}

}  // namespace

TEST_CASE("a stall gets the looks at its own iteration, also when the next one has begun") {
  Scene scene;
  scene.see_wait();
  scene.desk.take(look(1, 10));
  scene.desk.take(look(2, 20));
  scene.desk.take(look(2, 21));
  scene.desk.take(look(3, 30));
  scene.desk.stall(stall(2, 41));
  scene.desk.settle();
  REQUIRE(scene.found.events.size() == 1);
  CHECK(scene.found.events[0].iteration == 2);
  CHECK(scene.found.events[0].start_ns == 2000);
  CHECK(weight(scene.found.events[0].evidence) == 41);
}

TEST_CASE("looks wait for their stall for two rounds, as its record may come with the next drain") {
  Scene scene;
  scene.see_wait();
  scene.desk.take(look(1, 10));
  scene.desk.take(look(2, 20));
  scene.desk.settle();
  scene.desk.stall(stall(1, 10));
  scene.desk.settle();
  CHECK(weight(scene.found.events.at(0).evidence) == 10);
  scene.desk.take(look(3, 30));
  for (int i = 0; i < 3; ++i) scene.desk.settle();
  scene.desk.stall(stall(2, 20));
  scene.desk.settle();
  CHECK(scene.found.events.at(1).evidence.causes.at(0).cause.kind == CauseKind::Unknown);
}

TEST_CASE("a stall waits for the look at the loop's wait, without which its handler is not known") {
  Scene scene;
  scene.desk.take(look(1, 10));
  scene.desk.stall(stall(1, 10));
  scene.desk.settle();
  CHECK(scene.found.events.empty());
  SECTION("until it comes") {
    scene.see_wait();
    scene.desk.settle();
  }
  SECTION("or the session ends") { scene.desk.settle(true); }
  SECTION("or the loop does") { scene.desk.loop_closed(kLoop); }
  SECTION("but not for long") {
    for (int i = 0; i < 10; ++i) scene.desk.settle();
  }
  REQUIRE(scene.found.events.size() == 1);
  CHECK(weight(scene.found.events[0].evidence) == 10);
}

TEST_CASE("a stall without looks has causes all the same: not known") {
  Scene scene;
  scene.desk.stall(stall(1, 10));
  scene.desk.settle();
  const auto& evidence = scene.found.events.at(0).evidence;
  REQUIRE(evidence.causes.size() == 1);
  CHECK(evidence.causes[0].cause.kind == CauseKind::Unknown);
  CHECK(evidence.culprit.unnamed == Unnamed::NoLook);
}

TEST_CASE("what is known of a stall that goes on is not used up by saying it") {
  Scene scene;
  scene.desk.take(look(1, 10));
  CHECK(weight(scene.desk.so_far(stall(1, 10))) == 10);
  CHECK(weight(scene.desk.so_far(stall(1, 30), {look(1, 20)})) == 30);
  scene.desk.stall(stall(1, 10));
  scene.desk.settle(true);
  CHECK(weight(scene.found.events.at(0).evidence) == 10);
}

TEST_CASE("looks for which there is no room are counted, and the others stay") {
  Scene scene;
  const std::size_t room = kBytesWaiting / (sizeof(RawSample) + (16U << 10));
  for (std::size_t i = 0; i < room + 10; ++i) scene.desk.take(look(1 + i / kLooksWaiting, 1));
  CHECK(scene.desk.dropped() > 0);
  CHECK(scene.desk.dropped() < 20);
  scene.desk.stall(stall(1, kLooksWaiting));
  scene.desk.settle(true);
  CHECK(weight(scene.found.events.at(0).evidence) == kLooksWaiting);
}

// Of a stall that slept for so long, 60 of it looked at and 40 in waits for the GIL that were not.
Evidence with_gil_waits(std::uint64_t blocked) {
  Scene scene;
  scene.see_wait();
  scene.desk.take(look(1, 60));
  Stall with_waits = stall(1, blocked);
  with_waits.gil_ns = 40;
  scene.desk.stall(with_waits);
  scene.desk.settle();
  return scene.found.events.at(0).evidence;
}

TEST_CASE("short waits for the GIL are told as a cause, without a stack, and name nobody") {
  const Evidence evidence = with_gil_waits(100);
  REQUIRE(evidence.causes.size() == 2);
  CHECK(evidence.causes[0].ns == 60);
  CHECK(evidence.causes[1].cause.kind == CauseKind::Gil);
  CHECK(evidence.causes[1].ns == 40);
  CHECK(evidence.samples.back().stack.empty());
  CHECK(weight(evidence) == 100);
}

TEST_CASE("waits for the GIL do not exceed what the split has asleep") {
  const Evidence evidence = with_gil_waits(75);
  CHECK(weight(evidence) <= 75);
  CHECK(weight(evidence) >= 74);
}
