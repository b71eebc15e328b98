#include "exports_cases.h"

#include "stacks.h"
#include "story.h"

namespace loopstall {
namespace {

using namespace story;
using stacks::operator+;

// HTML, quotes, newlines, the separators of each format, formulas, escapes, 10 kB, no UTF-8, right-to-left marks.
std::vector<std::string> hostile_names() {
  return {"<script>alert(1)</script><img src=x onerror=alert(2)>",
          R"("quoted" 'single' `tick` \back\ "} 1)",
          "line\nbreak\r\nand\ttab\v",
          "semi;colon;; 42",
          "number 12 3.5",
          "=cmd|' /C calc'!A0",
          "+1+1,\"=2\"",
          "@SUM(A1)",
          "-2+3",
          "\033[2J\033]0;owned\007\x7f",
          std::string("nul\0inside", 10),
          std::string(10'000, 'x'),
          "\xff\xfe\xc0\xaf\xed\xa0\x80\xf8",
          "a\u202Egnp.exe\u200F\u2066\u200B\u2028",
          "# EOF\n# TYPE loopstall_stalls counter",
          "{a=\"b\"} 1",
          "]]>&amp;&#x3c;<!--",
          "日本語 😀 e\u0301",
          " ",
          ""};
}

Stack hostile_stack(const std::string& name) {
  return Stack{stacks::kernel(name), stacks::native(name, name), stacks::app(name, 42, name)} +
         Stack{stacks::lib(name, name), stacks::app(name + "()", 7, name)} + stacks::asyncio();
}

void explain(Session& session, const Stall& stall, std::vector<EvidenceSample> looks) {
  apply(session, EvidenceFound{stall.loop, stall.iteration, stall.start_ns, stall.busy_ns,
                               stacks::evidence(std::move(looks), stall.split, stall.busy_ns)});
}

void add_hostile_loop(Session& session, int pid, const std::string& name) {
  apply(session, ProcessSeen{pid, 0, kStart, name, name, name});
  LoopStory loop(session, pid, pid + 100, name, Wait::EpollWait, name);
  loop.reading({{.busy = 20 * ms, .blocked = 18 * ms}, {.busy = 15 * ms, .blocked = 14 * ms}, {.busy = 50 * us}});
  const Stall first = session.stalls[session.stalls.size() - 2], second = session.stalls.back();
  const Cause cause{.kind = CauseKind::File, .syscall = name, .object = name};
  explain(session, first,
          {stacks::asleep(cause, hostile_stack(name), 18 * ms, kStart),
           stacks::computing(hostile_stack(name), 2 * ms, kStart + 18 * ms)});
  explain(session, second, {stacks::gil_wait(hostile_stack(name), hostile_stack(name), 14 * ms, kStart)});
  const TaskId task{static_cast<std::uint32_t>(session.tasks.size())};
  apply(session, TaskSeen{task, loop.id(), TaskKind::Task, {name, name, 7}, FrameRole::Library});
  apply(session, TaskSample{task, {.steps = 3, .hold_ns = 30'000, .split = {}}, {{640, 3, 30'000}}, 9'000, 11'000});
  apply(session, StepHandled{task, {name, name, 8}, true, 10'000, {}, false});
  apply(session, TaskCoverageRead{loop.id(), {10 * s, 3, 30'000}});
}

// The n-th kind of stall, each a culprit of its own.
Stack numbered_stack(std::size_t n) {
  return Stack{stacks::app("handler_" + std::to_string(n), static_cast<std::uint32_t>(10 * n + 3))} + stacks::asyncio();
}

// Stalls that begin one after the other, as a capture tells them.
void add_stalls(Session& session, LoopStory& loop, std::size_t count, std::size_t culprits) {
  std::vector<Iteration> iterations;
  for (std::size_t i = 0; i < count; ++i) iterations.push_back({.busy = 10 * ms + 7 * i, .blocked = 9 * ms});
  loop.reading(iterations, count * 20 * ms);
  if (!culprits) return;
  const std::vector<Stall> seen = session.stalls;
  for (std::size_t i = 0; i < seen.size(); ++i)
    explain(session, seen[i], {stacks::asleep({.kind = CauseKind::Timer}, numbered_stack(i % culprits), 9 * ms)});
}

void add_tasks(Session& session, LoopId loop, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const TaskId id{i};
    apply(session, TaskSeen{id, loop, TaskKind::Task, {"task_" + std::to_string(i), "/srv/app.py", i + 1}});
    TaskSample sample{.task = id, .delta = {}, .hold = {}, .min_ns = 1000, .max_ns = 64'000};
    for (std::uint32_t b = 0; b < 20; ++b) sample.hold.push_back({512 + 2 * b, 5, 5 * bucket_low_ns(512 + 2 * b)});
    for (const BucketDelta& b : sample.hold) sample.delta += {.steps = b.count, .hold_ns = b.sum_ns, .split = {}};
    apply(session, sample);
    apply(session, StepHandled{id, {"handler_" + std::to_string(i % 100), "/srv/h.py", 4}, false, 5000, {}, false});
  }
  apply(session, TaskCoverageRead{loop, {10 * s, 1000, 5 * s}});
}

}  // namespace

Session hostile_everywhere() {
  Session session = story::session(hostile_names()[0] + hostile_names()[2]);
  int pid = 0;
  for (const std::string& name : hostile_names()) {
    add_hostile_loop(session, ++pid, name);
    apply(session, Note{name});
  }
  session.info.kernel = session.info.machine = session.info.version = hostile_names()[1];
  return session;
}

Session more_than_is_kept() {
  Session session = story::session("many");
  LoopStory loop(session, 7, 7, "many");
  add_stalls(session, loop, kStallsKept, kGroupsKept + 20);
  for (int i = 0; i < 3; ++i) session.stalls.erase(session.stalls.begin() + 100 * i);
  return session;
}

Session without_evidence() {
  Session session = story::session("many");
  LoopStory loop(session, 7, 7, "many");
  add_stalls(session, loop, kStallsKept + 1000, 0);
  return session;
}

Session huge() {
  constexpr std::uint64_t kMore = 1'000'000 - kStallsKept;
  Session session = story::session("huge", 3 * 3600 * s);
  LoopStory loop(session, 7, 7, "huge");
  add_stalls(session, loop, kStallsKept, kGroupsKept);
  LoopSample sample = sample_of(loop.id(), kStart + 3600 * s);
  sample.delta.iterations = sample.delta.stalls = kMore;
  sample.delta.busy_ns = kMore * 11 * ms;
  Histogram busy;
  busy.record(11 * ms);
  sample.busy = sample.own = {{busy.buckets()[0].bucket, kMore, kMore * 11 * ms}};
  apply(session, sample);
  for (StallGroup& group : session.groups)
    group.busy.add({busy.buckets()[0].bucket, kMore / kGroupsKept, kMore / kGroupsKept * 11 * ms});
  add_tasks(session, loop.id(), 10'000);
  return session;
}

}  // namespace loopstall
