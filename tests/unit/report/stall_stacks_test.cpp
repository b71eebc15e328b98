#include "report/stall_stacks.h"

#include <map>

#include "cases.h"
#include "catch.h"
#include "stacks.h"
#include "story.h"

namespace loopstall {
namespace {

using namespace story;

constexpr Cause kNap{.kind = CauseKind::Timer};

std::uint64_t sum_of(const std::vector<StallStack>& stacks, std::size_t stall) {
  std::uint64_t sum = 0;
  for (const StallStack& stack : stacks) sum += stack.stall == stall ? stack.weight_ns : 0;
  return sum;
}

std::map<CauseKind, std::uint64_t> by_cause(const std::vector<StallStack>& stacks, std::size_t stall) {
  std::map<CauseKind, std::uint64_t> sums;
  for (const StallStack& stack : stacks)
    if (stack.stall == stall) sums[stack.on_cpu ? CauseKind::Cpu : stack.cause.kind] += stack.weight_ns;
  return sums;
}

std::map<CauseKind, std::uint64_t> by_cause(const Evidence& evidence) {
  std::map<CauseKind, std::uint64_t> sums;
  for (const CauseShare& share : evidence.causes) sums[share.cause.kind] += share.ns;
  return sums;
}

// As many stalls asleep in one function, a little longer each.
Session sleeps(unsigned stalls) {
  Session session = story::session("naps");
  LoopStory loop(session, 7, 7, "naps");
  std::vector<Iteration> iterations;
  for (unsigned i = 0; i < stalls; ++i) iterations.push_back({.busy = 20 * ms + i, .blocked = 18 * ms});
  loop.reading(iterations, 20 * ms * stalls * 2);
  return session;
}

void explain_all(Session& session, const Stack& stack) {
  for (const Stall& stall : std::vector<Stall>(session.stalls))
    apply(session, EvidenceFound{stall.loop, stall.iteration, stall.start_ns, stall.busy_ns,
                                 stacks::evidence({stacks::asleep(kNap, stack, 18 * ms, stall.start_ns)}, stall.split,
                                                  stall.busy_ns)});
}

Stack nap_stack() {
  using stacks::operator+;
  return Stack{stacks::native("clock_nanosleep"), stacks::app("nap", 3)} + stacks::asyncio();
}

}  // namespace

TEST_CASE("the stacks of each stall add up to its busy time, and to its causes") {
  for (const GoldenCase& c : golden_cases()) {
    CAPTURE(c.name);
    const Summary summary = summarize(c.make());
    const auto stacks = stall_stacks(summary);
    for (std::size_t i = 0; i < summary.stalls.size(); ++i) {
      CHECK(sum_of(stacks, i) == summary.stalls[i].busy_ns);
      const Evidence& evidence = *summary.stalls[i].evidence;
      if (!evidence.empty()) CHECK(by_cause(stacks, i) == by_cause(evidence));
    }
  }
}

TEST_CASE("stacks stand for each counted stall once") {
  for (const GoldenCase& c : golden_cases()) {
    CAPTURE(c.name);
    const Summary summary = summarize(c.make());
    std::uint64_t stalls = 0;
    for (const StallStack& stack : stall_stacks(summary)) {
      stalls += stack.stalls;
      CHECK_FALSE(stack.frames.empty());
      CHECK(stack.weight_ns > 0);
    }
    CHECK(stalls == summary.stalls_total);
  }
}

TEST_CASE("what sockets waited behind a stall is divided among its stacks by their time, to the nanosecond") {
  using stacks::operator+;
  Session session = sleeps(3);
  for (Stall& stall : session.stalls) {
    stall.delayed = {7 * stall.busy_ns + 1, stall.busy_ns, 9};
    const Stack other = Stack{stacks::app("compute", 5)} + stacks::asyncio();
    apply(session, EvidenceFound{stall.loop, stall.iteration, stall.start_ns, stall.busy_ns,
                                 stacks::evidence({stacks::asleep(kNap, nap_stack(), 18 * ms, stall.start_ns),
                                                   stacks::computing(other, 2 * ms, stall.start_ns + 18 * ms)},
                                                  stall.split, stall.busy_ns),
                                 stall.delayed});
  }
  session.stalls.pop_back();  // counted, in its group, not listed
  const Summary summary = summarize(session);
  std::uint64_t listed = 0, rest = 0, wanted = 0;
  for (const StallStack& stack : stall_stacks(summary)) {
    (stack.stall == kNotListed ? rest : listed) += stack.delayed_ns;
    if (stack.stall != kNotListed)
      CHECK(static_cast<double>(stack.delayed_ns) == Approx(7.0 * static_cast<double>(stack.weight_ns)).margin(3));
  }
  for (const Stall& stall : summary.stalls) wanted += stall.delayed.total_ns;
  CHECK(listed == wanted);
  CHECK(rest == 7 * (20 * ms + 2) + 1);
}

TEST_CASE("what sockets waited behind stalls that nothing else is known of is the rest of what the loop knows") {
  Session session = sleeps(kStallsKept + 10);
  for (Stall& stall : session.stalls) stall.delayed = {5, 5, 1};
  apply(session, QueueSample{.loop = {0}, .delta = {.stalled_ns = 5 * kStallsKept + 77}, .delay = {}, .accept = {}});
  const Summary summary = summarize(session);
  CHECK(stall_stacks(summary).back().delayed_ns == 77);
}

TEST_CASE("a stack reads from the outside in, with the GIL's holder innermost") {
  using stacks::operator+;
  Session session = sleeps(1);
  const Stall stall = session.stalls[0];
  const Stack waits = Stack{stacks::native("take_gil"), stacks::app("victim", 1)} + stacks::asyncio(),
              holds = {stacks::app("hog", 9), stacks::lib("Thread.run", "threading.py")};
  apply(session,
        EvidenceFound{stall.loop, stall.iteration, stall.start_ns, stall.busy_ns,
                      stacks::evidence({stacks::gil_wait(waits, holds, 18 * ms)}, stall.split, stall.busy_ns)});
  const Summary summary = summarize(session);
  const StallStack stack = stall_stacks(summary)[0];
  CHECK(stack.frames.front()->function == "_start");
  REQUIRE(stack.frames.size() == waits.size() + 1 + holds.size());
  CHECK(stack.frames[waits.size()]->function == "[held the GIL]");
  CHECK(stack.frames.back()->function == "hog");
  CHECK(class_of(stack) == StackClass::Gil);
}

TEST_CASE("stalls that did not keep their stacks have their group's, as an estimate") {
  Session session = sleeps(kStacksKept + 20);
  explain_all(session, nap_stack());
  const Summary summary = summarize(session);
  std::uint64_t estimated = 0, total = 0;
  for (const StallStack& stack : stall_stacks(summary)) {
    estimated += stack.estimated;
    total += stack.weight_ns;
    if (stack.estimated) CHECK(stack.frames.back()->function == "clock_nanosleep");
  }
  CHECK(estimated == 20);
  CHECK(total == summary.groups[0].busy.sum_ns());
}

TEST_CASE("stalls that are not listed are in their group's stack, to the nanosecond") {
  Session session = sleeps(3);
  explain_all(session, nap_stack());
  session.stalls.pop_back();
  const Summary summary = summarize(session);
  const auto stacks = stall_stacks(summary);
  REQUIRE(stacks.back().stall == kNotListed);
  CHECK(stacks.back().stalls == 1);
  CHECK(stacks.back().weight_ns == 20 * ms + 2);
  CHECK(stacks.back().estimated);
}

TEST_CASE("stalls that nothing else is known of are an estimate from the loop's histogram") {
  Session session = sleeps(kStallsKept + 1000);
  const Summary summary = summarize(session);
  const auto stacks = stall_stacks(summary);
  std::uint64_t total = 0;
  for (const StallStack& stack : stacks) total += stack.weight_ns;
  CHECK(stacks.back().stalls == 1000);
  CHECK(stacks.back().estimated);
  CHECK_FALSE(has_stack(stacks.back()));
  CHECK(total == summary.loops[0].busy.sum_ns);
}

TEST_CASE("workers that share a culprit keep their own weight") {
  Session session = story::session("two");
  for (int pid : {1, 2})
    LoopStory(session, pid, pid, "w")
        .reading(
            {{.busy = static_cast<std::uint64_t>(10 * pid) * ms, .blocked = static_cast<std::uint64_t>(9 * pid) * ms},
             {.busy = 5 * ms}});
  explain_all(session, nap_stack());
  session.stalls.clear();
  const Summary summary = summarize(session);
  REQUIRE(summary.groups.size() == 1);
  std::map<int, std::uint64_t> weights;
  for (const StallStack& stack : stall_stacks(summary)) weights[summary.loops[stack.loop].loop.pid] += stack.weight_ns;
  CHECK(weights == std::map<int, std::uint64_t>{{1, 10 * ms}, {2, 20 * ms}});
}

}  // namespace loopstall
