#include "model/recent.h"

#include "catch.h"
#include "model/summary.h"
#include "model/tasks.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;

Session one_loop() {
  Session session;
  session.info.start_ns = 100 * kSecondNs;
  apply(session, LoopOpened{LoopId{0}, 7, 7, 100 * kSecondNs, "server", Wait::EpollWait, ""});
  apply(session, LoopConfirmed{LoopId{0}, true, ""});
  return session;
}

// A second in which these iterations were counted, as a capture tells it.
void count(Session& session, Histogram& all, const std::vector<std::uint64_t>& busy) {
  session.info.duration_ns += kSecondNs;
  Histogram delta;
  LoopSample sample;
  sample.loop = LoopId{0};
  sample.at_ns = session.info.start_ns + session.info.duration_ns;
  for (const std::uint64_t ns : busy) {
    delta.record(ns);
    all.record(ns);
    ++sample.delta.iterations;
    sample.delta.busy_ns += ns;
  }
  sample.delta.idle_ns = kSecondNs - sample.delta.busy_ns;
  sample.busy = delta.buckets();
  sample.busy_min_ns = all.min_ns();
  sample.busy_max_ns = all.max_ns();
  apply(session, sample);
}

}  // namespace

TEST_CASE("what was counted since is what was counted") {
  Session session = one_loop();
  Histogram all;
  count(session, all, {1000, 5'000'000, 2000});
  const Reading before = reading_of(session, true);
  count(session, all, {3000, 3000, 9'000'000, 4000});
  const Summary recent = summarize(since(before, session));
  REQUIRE(recent.loops.size() == 1);
  const LoopSummary& loop = recent.loops[0];
  CHECK(recent.info.start_ns == 101 * kSecondNs);
  CHECK(recent.info.duration_ns == kSecondNs);
  CHECK(loop.loop.total.iterations == 4);
  CHECK(loop.iterations_per_s == Approx(4));
  CHECK(loop.utilization == Approx(0.00901));
  CHECK(loop.busy.count == 4);
  CHECK(loop.busy.sum_ns == 9'010'000);
  CHECK(loop.busy.max_ns == 9'000'000);  // a new extreme is exact
  CHECK(loop.busy.p50_ns == Approx(3000).epsilon(0.008));
  CHECK(loop.busy.min_ns == Approx(3000).epsilon(0.008));
}

TEST_CASE("nothing since is nothing") {
  Session session = one_loop();
  Histogram all;
  count(session, all, {1000, 5'000'000});
  const Reading before = reading_of(session, true);
  count(session, all, {});
  const Summary recent = summarize(since(before, session));
  CHECK(recent.loops[0].busy.count == 0);
  CHECK(recent.loops[0].busy.max_ns == 0);
  CHECK(recent.loops[0].utilization == 0);
}

TEST_CASE("a loop that came since is there with all that it has") {
  Session session = one_loop();
  const Reading before = reading_of(session, true);
  apply(session, LoopOpened{LoopId{1}, 8, 8, 101 * kSecondNs, "late", Wait::Poll, ""});
  session.info.duration_ns = 2 * kSecondNs;
  const Session recent = since(before, session);
  REQUIRE(recent.loops.size() == 2);
  CHECK(recent.loops[1] == session.loops[1]);
}

TEST_CASE("steps since, and those of their handlers") {
  Session session = one_loop();
  apply(session, TaskSeen{TaskId{0}, LoopId{0}, TaskKind::Task, {"run", "asgi.py", 8}, FrameRole::Library});
  const TaskSample first{TaskId{0}, {.steps = 2, .hold_ns = 3000, .split = {}}, {{0, 2, 3000}}, 1000, 2000};
  apply(session, first);
  apply(session, StepHandled{TaskId{0}, {"get", "app.py", 3}, false, 2000, {}, false});
  const Reading before = reading_of(session, true);
  apply(session, TaskSample{TaskId{0}, {.steps = 1, .hold_ns = 9000, .split = {}}, {{0, 1, 9000}}, 1000, 9000});
  apply(session, StepHandled{TaskId{0}, {"get", "app.py", 3}, true, 9000, {}, true});
  apply(session, StepHandled{TaskId{0}, {"put", "app.py", 5}, true, 7, {}, false});
  const Task task = since(before, session).tasks.at(0);
  CHECK(task.total.steps == 1);
  CHECK(task.total.hold_ns == 9000);
  CHECK(task.hold.max_ns() == 9000);
  REQUIRE(task.handlers.size() == 2);
  CHECK(task.handlers[0].total.steps == 1);
  CHECK(task.handlers[0].total.stalls == 1);
  CHECK(task.handlers[0].estimated_steps == 1);
  CHECK(task.handlers[1].total.steps == 1);
}

TEST_CASE("a reading without details has no tasks, rather than all of them") {
  Session session = one_loop();
  apply(session, TaskSeen{TaskId{0}, LoopId{0}, TaskKind::Task, {"run", "asgi.py", 8}, FrameRole::Library});
  CHECK(since(reading_of(session, false), session).tasks.empty());
}

TEST_CASE("culprits since: those of before are not there") {
  Session session = one_loop();
  const auto stall = [&](const std::string& function, std::uint64_t iteration, std::uint64_t busy_ns) {
    EvidenceFound found{LoopId{0}, iteration, 0, busy_ns, {}};
    found.evidence.culprit.frame.function = function;
    found.evidence.culprit.unnamed = Unnamed::No;
    apply(session, found);
  };
  stall("early", 1, 20'000'000);
  stall("both", 2, 20'000'000);
  const Reading before = reading_of(session, true);
  stall("both", 3, 30'000'000);
  const Session recent = since(before, session);
  REQUIRE(recent.groups.size() == 1);
  CHECK(recent.groups[0].culprit.frame.function == "both");
  CHECK(recent.groups[0].busy.count() == 1);
  CHECK(recent.groups[0].busy.max_ns() == 30'000'000);
}

TEST_CASE("requests since are those that were read since, and only in detail") {
  Session session = one_loop();
  Histogram all;
  const auto ask = [&](std::uint64_t n, std::uint64_t ns) {
    Histogram hold;
    for (std::uint64_t i = 0; i < n; ++i) hold.record(ns), all.record(ns);
    apply(session, RequestSample{{0}, n, hold.buckets(), all.min_ns(), all.max_ns()});
    apply(session, RequestReadsCounted{{0}, 1, 2});
  };
  apply(session, RequestSeen{{0}, {0}, {Protocol::Http, "GET /", false}});
  ask(5, 2000);
  const Reading detailed = reading_of(session, true), bare = reading_of(session, false);
  ask(3, 4'000'000);
  const Summary recent = summarize(since(detailed, session));
  REQUIRE(recent.requests.size() == 1);
  CHECK(recent.requests[0].count == 3);
  CHECK(recent.requests[0].hold.sum_ns == 12'000'000);
  CHECK(recent.requests[0].hold.max_ns == 4'000'000);
  CHECK(recent.request_reads == RequestReads{true, 1, 2});
  CHECK(summarize(since(bare, session)).requests.empty());
}
