#include <random>

#include "base/units.h"
#include "catch.h"
#include "model/arrival.h"
#include "model/summary.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t us = kMicrosecond, ms = kMillisecond;

Session with_loop() {
  Session s;
  s.info.duration_ns = 10 * kSecond;
  apply(s, LoopOpened{{0}, 40, 40, 0, "server", Wait::EpollWait, ""});
  apply(s, LoopConfirmed{{0}, true, ""});
  return s;
}

QueueSample reads(const std::vector<std::uint64_t>& delays, std::uint64_t waited_ns) {
  QueueSample sample{.loop = {0}, .delta = {.waited_ns = waited_ns}, .delay = {}, .accept = {}};
  Histogram h;
  for (std::uint64_t ns : delays) h.record(ns);
  sample.delay = h.buckets();
  sample.delay_min_ns = h.min_ns();
  sample.delay_max_ns = h.max_ns();
  return sample;
}

// What a random moment of the session waits, by trying each microsecond.
std::uint64_t tried(const std::vector<std::uint64_t>& busy, std::uint64_t idle_ns, double q) {
  std::vector<std::uint64_t> waits(idle_ns / us, 0);
  for (std::uint64_t length : busy)
    for (std::uint64_t at = 0; at < length; at += us) waits.push_back(length - at);
  std::sort(waits.begin(), waits.end());
  return waits[static_cast<std::size_t>(q * static_cast<double>(waits.size() - 1))];
}

}  // namespace

TEST_CASE("a random moment waits what is left of the iteration that it falls into") {
  std::mt19937 random{7};
  std::lognormal_distribution<double> length(12.5, 1.5);
  std::vector<std::uint64_t> busy;
  Histogram h;
  for (int i = 0; i < 400; ++i) busy.push_back(static_cast<std::uint64_t>(length(random)) + 1);
  busy.push_back(300 * ms);
  for (std::uint64_t ns : busy) h.record(ns);
  for (std::uint64_t idle : {std::uint64_t{0}, 100 * ms, 5 * kSecond}) {
    const ArrivalWaits waits = arrival_waits(h, idle);
    for (const auto& [q, got] : {std::pair{0.5, waits.p50_ns}, {0.9, waits.p90_ns}, {0.99, waits.p99_ns}}) {
      INFO("q " << q << " idle " << idle);
      CHECK(static_cast<double>(got) == Approx(static_cast<double>(tried(busy, idle, q))).epsilon(0.01).margin(5e3));
    }
  }
}

TEST_CASE("half of the arrivals in iterations of one length wait less than half of it") {
  Histogram h;
  for (int i = 0; i < 10; ++i) h.record(100 * ms);
  CHECK(arrival_waits(h, 0).p50_ns == 50 * ms);
  CHECK(arrival_waits(h, 0).p99_ns == 99 * ms);
  CHECK(arrival_waits(h, kSecond).p50_ns == 0);
  CHECK(arrival_waits(h, kSecond).p90_ns == 80 * ms);
  CHECK(arrival_waits({}, 0).p99_ns == 0);
}

TEST_CASE("what tasks are not to blame for is the loop's") {
  Session s = with_loop();
  apply(s, reads({1 * ms, 2 * ms, 9 * ms}, 12 * ms));
  apply(s, TaskSeen{{0}, {0}, TaskKind::Task, {"a", "x.py", 1}, FrameRole::User});
  apply(s, TaskSeen{{1}, {0}, TaskKind::Task, {"b", "x.py", 2}, FrameRole::User});
  apply(s, TaskSample{
               .task = {0}, .delta = {.steps = 1, .hold_ns = 900, .split = {}, .blame = {2 * ms, ms, 1}}, .hold = {}});
  apply(s,
        TaskSample{
            .task = {1}, .delta = {.steps = 1, .hold_ns = 5, .split = {}, .blame = {7 * ms, 5 * ms, 2}}, .hold = {}});
  const Summary summary = summarize(s);
  REQUIRE(summary.tasks.size() == 2);
  CHECK(summary.knows_blame);
  CHECK(summary.tasks[0].task.source.name == "b");  // most blame first, though it held the loop for less
  CHECK(summary.loops[0].delay.max_ns == 9 * ms);
  CHECK(summary.loops[0].waited_ns == 12 * ms);
  CHECK(summary.loops[0].tasks_blame_ns == 9 * ms);
  CHECK(summary.loops[0].loop_blame_ns == 3 * ms);
}

TEST_CASE("a handler's blame is taken off its task's, and both add up") {
  Session s = with_loop();
  apply(s, reads({10 * ms}, 10 * ms));
  apply(s, TaskSeen{{0}, {0}, TaskKind::Task, {"run_asgi", "x.py", 1}, FrameRole::Library});
  apply(s,
        TaskSample{
            .task = {0}, .delta = {.steps = 3, .hold_ns = 900, .split = {}, .blame = {9 * ms, 5 * ms, 4}}, .hold = {}});
  apply(s, StepHandled{
               .task = {0}, .handler = {"slow", "y.py", 2}, .hold_ns = 500, .split = {}, .blame = {6 * ms, 5 * ms, 3}});
  const Summary summary = summarize(s);
  REQUIRE(summary.tasks.size() == 2);
  CHECK(summary.tasks[0].handler.name == "slow");
  CHECK(summary.tasks[0].total.blame == Blame{6 * ms, 5 * ms, 3});
  CHECK(summary.tasks[1].total.blame == Blame{3 * ms, 0, 1});
}

TEST_CASE("stalls of one culprit add up their blame") {
  Session s = with_loop();
  for (std::uint64_t n : {1, 2}) {
    const Stall stall{.loop = {0},
                      .pid = 40,
                      .tid = 40,
                      .iteration = n,
                      .start_ns = n,
                      .busy_ns = 20 * ms,
                      .delayed = {n * ms, n, n}};
    apply(s, StallSeen{stall});
    apply(s, EvidenceFound{{0}, n, n, 20 * ms, {}, stall.delayed});
  }
  const Summary summary = summarize(s);
  REQUIRE(summary.groups.size() == 1);
  CHECK(summary.groups[0].blame == Blame{3 * ms, 2, 3});
}

TEST_CASE("of the queues for accept the longest is kept, and what was refused adds up") {
  Session s = with_loop();
  for (const auto& [refused, most] : {std::pair{2U, 129U}, {1U, 40U}}) {
    QueueSample sample = reads({}, 0);
    sample.delta.refused = refused;
    sample.delta.backlog_most = most;
    sample.delta.backlog_limit = 128;
    apply(s, sample);
  }
  const QueueCounters& queue = s.loops[0].queue.total;
  CHECK(queue.refused == 3);
  CHECK(queue.backlog_most == 129);
  CHECK(queue.backlog_limit == 128);
}
