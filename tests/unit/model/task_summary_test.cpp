#include <random>

#include "base/clock.h"
#include "base/units.h"
#include "catch.h"
#include "model/summary.h"
#include "probes/buckets.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t us = kMicrosecond, ms = kMillisecond;

// A session with loops 0 and 1, each measured for 10 s in 100 iterations of 1 s of busy time in all.
Session session_of(bool confirmed = true) {
  Session s;
  for (std::uint32_t i = 0; i < 2; ++i) {
    apply(s, LoopOpened{{i}, 40, 41 + static_cast<int>(i), kSecond, "uvicorn", Wait::EpollWait, "CPython"});
    apply(s, LoopConfirmed{{i}, confirmed, ""});
    apply(s, TaskCoverageRead{{i}, {.measured_ns = 10 * kSecond, .iterations = 100, .busy_ns = kSecond}});
  }
  return s;
}

Split split_of(std::uint64_t ns) { return {.cpu_ns = ns / 2, .blocked_ns = ns / 4, .runqueue_ns = ns / 8}; }

// As the kernel side counts it.
TaskSample counted(std::uint32_t task, const std::vector<std::uint64_t>& steps) {
  TaskSample sample{.task = {task}, .delta = {}, .hold = {}, .min_ns = UINT64_MAX};
  Histogram wide;
  for (std::uint64_t ns : steps) {
    sample.delta += {.steps = 1, .hold_ns = ns, .stalls = ns >= 10 * ms ? 1U : 0U, .split = split_of(ns)};
    wide.add({ls_bucket(ns) & ~1U, 1, ns});
    sample.min_ns = std::min(sample.min_ns, ns);
    sample.max_ns = std::max(sample.max_ns, ns);
  }
  sample.hold = wide.buckets();
  return sample;
}

void add_task(Session& s, std::uint32_t task, const std::vector<std::uint64_t>& steps, std::uint32_t loop = 0) {
  apply(s, TaskSeen{{task}, {loop}, TaskKind::Task, {"task" + std::to_string(task), "/srv/app.py", 1}});
  apply(s, counted(task, steps));
}

void handled(Session& s, std::uint32_t task, const char* handler, std::uint64_t ns, bool estimated = false) {
  apply(s, StepHandled{.task = {task},
                       .handler = {handler, "/srv/app.py", 5},
                       .estimated = estimated,
                       .hold_ns = ns,
                       .split = split_of(ns),
                       .stall = ns >= 10 * ms});
}

const TaskSummary& row_of(const Summary& summary, std::string_view handler) {
  for (const TaskSummary& row : summary.tasks)
    if (row.handler.name == handler) return row;
  FAIL("no row of handler '" << handler << "'");
  return summary.tasks[0];
}

TaskCounters sum_of(const Summary& summary) {
  TaskCounters sum;
  for (const TaskSummary& row : summary.tasks) sum += row.total;
  return sum;
}

}  // namespace

TEST_CASE("without tasks there are no rows") {
  const Summary s = summarize(session_of());
  CHECK(s.tasks.empty());
  CHECK(s.loops[0].steps == 0);
  CHECK(s.loops[0].steps_per_iteration == 0);
}

TEST_CASE("a task is one row, with its share and rate") {
  Session session = session_of();
  add_task(session, 0, std::vector<std::uint64_t>(250, ms), 1);
  const Summary s = summarize(session);
  REQUIRE(s.tasks.size() == 1);
  const TaskSummary& row = s.tasks[0];
  CHECK(row.task.source.name == "task0");
  CHECK(row.task.hold.count() == 0);
  CHECK(row.handler == SourceName{});
  CHECK(s.loops[row.loop].loop.id == LoopId{1});
  CHECK(row.tid == 42);
  CHECK(row.total.steps == 250);
  CHECK(row.hold.count == 250);
  CHECK(row.hold.p99_ns == ms);
  CHECK(row.share == Approx(0.25));
  CHECK(row.steps_per_s == Approx(25));
  CHECK(s.loops[row.loop].steps == 250);
  CHECK(s.loops[row.loop].steps_per_iteration == Approx(2.5));
  CHECK(s.loops[1 - row.loop].steps_per_iteration == 0);
}

TEST_CASE("tasks of a thread that is no loop are left out") {
  Session session = session_of(false);
  add_task(session, 0, {ms});
  CHECK(summarize(session).tasks.empty());
}

TEST_CASE("where nothing was measured nothing is divided by it") {
  Session session = session_of();
  apply(session, TaskCoverageRead{{0}, {}});
  add_task(session, 0, {ms});
  const Summary s = summarize(session);
  CHECK(s.tasks[0].share == 0);
  CHECK(s.tasks[0].steps_per_s == 0);
}

TEST_CASE("a handler's steps are taken out of its task's") {
  Session session = session_of();
  add_task(session, 0, {100 * us, 200 * us, 30 * ms, 40 * ms, 2 * ms});
  handled(session, 0, "report", 30 * ms);
  handled(session, 0, "report", 40 * ms);
  handled(session, 0, "users", 2 * ms, true);
  const Summary s = summarize(session);
  REQUIRE(s.tasks.size() == 3);
  CHECK(s.tasks[0].handler.name == "report");
  CHECK(s.tasks[0].total.steps == 2);
  CHECK(s.tasks[0].total.stalls == 2);
  CHECK(s.tasks[0].hold.max_ns == 40 * ms);
  CHECK(s.tasks[0].estimated_steps == 0);
  CHECK(s.tasks[1].handler.name == "users");
  CHECK(s.tasks[1].estimated_steps == 1);
  const TaskSummary& rest = row_of(s, "");
  CHECK(rest.total.steps == 2);
  CHECK(rest.total.hold_ns == 300 * us);
  CHECK(rest.total.stalls == 0);
  CHECK(rest.hold.count == 2);
  CHECK(rest.hold.min_ns == 100 * us);  // no handler was that short
  CHECK(rest.hold.max_ns == 200 * us);  // alone in its bucket
  CHECK(rest.task.total.steps == 5);
  CHECK(s.loops[rest.loop].steps == 5);
}

TEST_CASE("steps of handlers for which a task has no room stay under it, and are counted") {
  Session s = session_of();
  apply(s, TaskSeen{{0}, {1}, TaskKind::Task, {"serve", "/x.py", 1}});
  apply(s, counted(0, std::vector<std::uint64_t>(kHandlersKept + 3, ms)));
  for (std::uint32_t i = 0; i < kHandlersKept + 3; ++i)
    apply(s, StepHandled{{0}, {"route", "/app.py", i}, false, ms, split_of(ms)});
  const Summary summary = summarize(s);
  CHECK(summary.tasks.size() == kHandlersKept + 1);
  CHECK(summary.lost.handlers_not_kept == 3);
}

TEST_CASE("a task all of whose steps are told to handlers has no rest") {
  Session session = session_of();
  add_task(session, 0, {30 * ms});
  handled(session, 0, "report", 30 * ms);
  CHECK(summarize(session).tasks.size() == 1);
}

TEST_CASE("handlers that come before their step is counted make nothing negative") {
  Session session = session_of();
  add_task(session, 0, {30 * ms, 5 * us});
  for (std::uint64_t ns : {30 * ms, 30 * ms, 20 * ms}) handled(session, 0, "report", ns);
  const Summary s = summarize(session);
  REQUIRE(s.tasks.size() == 1);
  CHECK(s.tasks[0].total.steps == 3);
}

TEST_CASE("among equals the order is the tasks', then the handlers'") {
  Session session = session_of();
  for (std::uint32_t task : {0, 1}) add_task(session, task, {ms, ms, ms});
  for (const char* name : {"b", "a"}) handled(session, 1, name, ms);
  std::string order;
  for (const TaskSummary& row : summarize(session).tasks) order += row.task.source.name + row.handler.name + " ";
  CHECK(order == "task0 task1 task1a task1b ");
}

TEST_CASE("the middle of a task's bucket is not taken for its neighbour's edge") {
  Session session = session_of();
  const std::uint64_t low = ls_bucket_low(1000), high = ls_bucket_low(1002) - 1;
  add_task(session, 0, {low / 2, high - 1, high - 1, high - 1, 2 * high});
  const Summary s = summarize(session);
  CHECK(s.tasks[0].hold.p50_ns == high - 1);
}

// Whatever is told to handlers, rows are disjoint and complete, and a rest's quantiles stay within 2 %.
TEST_CASE("the rows of a task add up to it") {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> hold(12, 2);
  for (int round = 0; round < 200; ++round) {
    Session session = session_of();
    std::vector<std::uint64_t> steps, rest;
    std::vector<std::pair<std::string, std::uint64_t>> told;
    const std::size_t count = 1 + random() % 300;
    for (std::size_t i = 0; i < count; ++i) {
      steps.push_back(static_cast<std::uint64_t>(hold(random)));
      const std::uint64_t whose = random() % 4;
      if (whose) told.emplace_back("handler" + std::to_string(whose), steps.back());
      if (!whose) rest.push_back(steps.back());
    }
    add_task(session, 0, steps);
    for (const auto& [name, ns] : told) handled(session, 0, name.c_str(), ns, ns % 2);
    const Summary s = summarize(session);
    CHECK(sum_of(s) == session.tasks[0].total);
    std::uint64_t counted_steps = 0, ns = 0;
    for (const TaskSummary& row : s.tasks) {
      CHECK(row.hold.count == row.total.steps);
      CHECK(row.hold.sum_ns == row.total.hold_ns);
      CHECK(row.estimated_steps <= row.total.steps);
      counted_steps += row.hold.count;
      ns += row.hold.sum_ns;
    }
    CHECK(counted_steps == count);
    CHECK(ns == session.tasks[0].hold.sum_ns());
    if (rest.empty()) continue;
    std::sort(rest.begin(), rest.end());
    const TaskSummary& row = row_of(s, "");
    CHECK(static_cast<double>(row.hold.min_ns) == Approx(rest.front()).epsilon(0.033));
    CHECK(static_cast<double>(row.hold.max_ns) == Approx(rest.back()).epsilon(0.033));
    CHECK(static_cast<double>(row.hold.p50_ns) == Approx(rest[(rest.size() - 1) / 2]).epsilon(0.033));
  }
}

TEST_CASE("ten thousand tasks are summed up quickly") {
  Session session = session_of();
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> hold(12, 1);
  for (std::uint32_t task = 0; task < 10'000; ++task) {
    std::vector<std::uint64_t> steps(20);
    for (std::uint64_t& ns : steps) ns = static_cast<std::uint64_t>(hold(random));
    add_task(session, task, steps);
    handled(session, task, "handler", steps[0]);
  }
  const std::uint64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  const Summary s = summarize(session);
  const std::uint64_t took = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
  CHECK(s.tasks.size() == 20'000);
  WARN("20,000 rows: " << format_duration(took));
  CHECK(took < 2 * kSecond);  // generous: sanitizers, busy machines
}
