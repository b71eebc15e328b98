#include "evidence/step_desk.h"

#include "catch.h"

using namespace loopstall;

namespace {

constexpr LoopId kLoop{0};
constexpr std::uint64_t kMs = 1'000'000;

struct Found : Sink {
  void on(const Event& event) override { events.push_back(std::get<StepHandled>(event)); }
  std::vector<StepHandled> events;
};

Frame frame(std::string name, FrameRole role, std::string file) {
  Frame f;
  f.kind = FrameKind::Python;
  f.role = role;
  f.function = std::move(name);
  f.file = std::move(file);
  f.first_line = 5;
  return f;
}

// Code object 0 is the framework's, others are routes of those numbers.
Stack name(const RawSample& look) {
  Stack stack;
  for (const RawPythonFrame& raw : look.python)
    stack.push_back(raw.code == 0 ? frame("serve", FrameRole::Library, "/usr/lib/python3/dist-packages/uvicorn/x.py")
                                  : frame("route" + std::to_string(raw.code), FrameRole::User, "/srv/app.py"));
  stack.push_back(frame("Handle._run", FrameRole::Loop, "/usr/lib/python3.11/asyncio/events.py"));
  return stack;
}

// Steps are a second apart.
std::uint64_t begin_of(std::uint64_t step) { return step * 1000 * kMs; }

// at_ms: after the step's begin, as seen on the CPU or falling asleep.
RawSample look(std::uint64_t step, std::vector<std::uint64_t> codes, std::uint64_t at_ms, std::uint64_t slept_ms = 0) {
  RawSample sample;
  sample.loop = kLoop;
  sample.pid = 7;
  sample.step = step;
  sample.kind = slept_ms ? SampleKind::Sleep : SampleKind::Cpu;
  sample.at_ns = begin_of(step) + at_ms * kMs;
  sample.length_ns = slept_ms * kMs;
  for (const std::uint64_t code : codes) {
    RawPythonFrame raw;
    raw.code = code;
    sample.python.push_back(raw);
  }
  return sample;
}

RawStep ended(std::uint64_t step, std::uint64_t hold_ms) {
  RawStep raw;
  raw.task = TaskId{3};
  raw.loop = kLoop;
  raw.pid = 7;
  raw.step = step;
  raw.hold_ns = hold_ms * kMs;
  raw.end_ns = begin_of(step) + raw.hold_ns;
  return raw;
}

struct Scene {
  Found found;
  StepDesk desk{found, 10 * kMs, name};
};

}  // namespace

TEST_CASE("a step's handler is told by the looks at that step") {
  Scene scene;
  scene.desk.take(look(1, {1, 0}, 0, 20));
  scene.desk.take(look(2, {2, 0}, 2));
  scene.desk.ended(ended(1, 21));
  scene.desk.ended(ended(2, 3));
  scene.desk.settle();
  REQUIRE(scene.found.events.size() == 2);
  const StepHandled& slept = scene.found.events[0];
  CHECK(slept.task == TaskId{3});
  CHECK(slept.handler == SourceName{"route1", "/srv/app.py", 5});
  CHECK_FALSE(slept.estimated);
  CHECK(slept.stall);
  CHECK(slept.hold_ns == 21 * kMs);
  const StepHandled& computed = scene.found.events[1];
  CHECK(computed.handler.name == "route2");
  CHECK(computed.estimated);
  CHECK_FALSE(computed.stall);
}

TEST_CASE("a long step's handler is certain if it slept, or was seen often with nobody else") {
  Scene scene;
  for (const std::uint64_t at : {3, 6, 9}) scene.desk.take(look(1, {1, 0}, at));
  for (const std::uint64_t at : {3, 10}) scene.desk.take(look(2, {1, 0}, at));
  scene.desk.take(look(3, {1, 0}, 0, 3));
  scene.desk.ended(ended(1, 12));
  scene.desk.ended(ended(2, 12));
  scene.desk.ended(ended(3, 4));
  scene.desk.settle();
  REQUIRE(scene.found.events.size() == 3);
  CHECK_FALSE(scene.found.events[0].estimated);
  CHECK(scene.found.events[1].estimated);
  CHECK(scene.found.events[2].estimated);
}

TEST_CASE("a step in which two handlers slept is an estimate, unless one of them has next to all of it") {
  Scene scene;
  scene.desk.take(look(1, {1, 0}, 0, 20));
  scene.desk.take(look(1, {2, 0}, 20, 15));
  scene.desk.take(look(2, {1, 0}, 0, 40));
  scene.desk.take(look(2, {2, 0}, 40, 1));
  scene.desk.ended(ended(1, 36));
  scene.desk.ended(ended(2, 42));
  scene.desk.settle();
  REQUIRE(scene.found.events.size() == 2);
  CHECK(scene.found.events[0].handler.name == "route1");
  CHECK(scene.found.events[0].estimated);
  CHECK_FALSE(scene.found.events[1].estimated);
}

TEST_CASE("many sleeps in one handler do not hide the longer one in another") {
  Scene scene;
  for (std::uint64_t at = 0; at < 200; at += 2) scene.desk.take(look(1, {1, 0}, at, 2));
  scene.desk.take(look(1, {2, 0}, 200, 400));
  scene.desk.ended(ended(1, 601));
  scene.desk.settle();
  REQUIRE(scene.found.events.size() == 1);
  CHECK(scene.found.events[0].handler.name == "route2");
  CHECK(scene.found.events[0].estimated);
}

TEST_CASE("a step that was mostly not looked at has no handler, and one that was not in good part no certain one") {
  Scene scene;
  scene.desk.take(look(1, {1, 0}, 0, 40));
  scene.desk.take(look(2, {1, 0}, 0, 60));
  scene.desk.take(look(3, {1, 0}, 0, 80));
  for (const std::uint64_t step : {1, 2, 3}) scene.desk.ended(ended(step, 100));
  scene.desk.settle();
  REQUIRE(scene.found.events.size() == 2);
  CHECK(scene.found.events[0].estimated);
  CHECK_FALSE(scene.found.events[1].estimated);
}

TEST_CASE("a look does not tell of time long before it, nor of more handlers than there is room for") {
  Scene scene;
  scene.desk.take(look(1, {1, 0}, 90));
  scene.desk.ended(ended(1, 100));
  for (std::uint64_t i = 0; i < 3 * kStepHandlersKept; ++i) scene.desk.take(look(2, {i + 1, 0}, i, 1));
  scene.desk.ended(ended(2, 3 * kStepHandlersKept));
  scene.desk.settle();
  CHECK(scene.found.events.empty());
}

TEST_CASE("time without a CPU need not be looked at, and a framework's own is seen") {
  Scene scene;
  scene.desk.take(look(1, {1, 0}, 0, 20));
  RawStep waited = ended(1, 100);
  waited.split.runqueue_ns = 80 * kMs;
  scene.desk.ended(waited);
  scene.desk.take(look(2, {1, 0}, 0, 20));
  scene.desk.take(look(2, {0}, 20, 80));
  scene.desk.ended(ended(2, 100));
  scene.desk.settle();
  REQUIRE(scene.found.events.size() == 2);
  CHECK_FALSE(scene.found.events[0].estimated);
  CHECK_FALSE(scene.found.events[1].estimated);
}

TEST_CASE("a step that was not looked at, or only in its framework, has no handler") {
  Scene scene;
  scene.desk.take(look(1, {0}, 2));
  scene.desk.ended(ended(1, 3));
  scene.desk.ended(ended(2, 3));
  scene.desk.settle();
  CHECK(scene.found.events.empty());
}

TEST_CASE("of two handlers in one step the one with more than half is named, of equals none") {
  Scene scene;
  scene.desk.take(look(1, {1, 0}, 0, 3));
  scene.desk.take(look(1, {2, 0}, 3, 9));
  scene.desk.take(look(2, {1, 0}, 0, 3));
  scene.desk.take(look(2, {2, 0}, 3, 3));
  scene.desk.ended(ended(1, 12));
  scene.desk.ended(ended(2, 6));
  scene.desk.settle();
  REQUIRE(scene.found.events.size() == 1);
  CHECK(scene.found.events[0].handler.name == "route2");
}

TEST_CASE("a look that comes a drain later than its step still tells") {
  Scene scene;
  scene.desk.ended(ended(1, 21));
  scene.desk.settle();
  CHECK(scene.found.events.empty());
  scene.desk.take(look(1, {1, 0}, 0, 20));
  scene.desk.settle();
  REQUIRE(scene.found.events.size() == 1);
  CHECK(scene.found.events[0].handler.name == "route1");
}

TEST_CASE("one drain may bring a second's steps: each keeps its looks") {
  constexpr std::uint64_t kSteps = 1000;
  Scene scene;
  for (std::uint64_t step = 1; step <= kSteps; ++step) scene.desk.ended(ended(step, 3));
  for (std::uint64_t step = 1; step <= kSteps; ++step) scene.desk.take(look(step, {1, 0}, 2));
  scene.desk.settle();
  CHECK(scene.found.events.size() == kSteps);
}

TEST_CASE("looks outside any step, and those of steps long gone, are dropped") {
  Scene scene;
  scene.desk.take(look(0, {1, 0}, 2));
  for (std::uint64_t step = 1; step <= kStepsWaiting + 1; ++step) scene.desk.take(look(step, {1, 0}, 2));
  scene.desk.ended(ended(1, 3));
  scene.desk.ended(ended(2, 3));
  scene.desk.settle();
  CHECK(scene.found.events.size() == 1);
}
