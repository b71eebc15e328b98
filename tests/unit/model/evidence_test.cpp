// Which evidence a session keeps, and how its stalls are grouped.
#include <algorithm>

#include "base/units.h"
#include "catch.h"
#include "model/groups.h"
#include "model/summary.h"
#include "stacks.h"

using namespace loopstall;
using namespace loopstall::stacks;

namespace {

const Cause kSleep{.kind = CauseKind::Timer, .syscall = "clock_nanosleep"};

Session with_loops(std::uint32_t n, bool confirmed = true) {
  Session session;
  for (std::uint32_t i = 0; i < n; ++i) {
    apply(session,
          LoopOpened{.loop = {i}, .pid = 10, .tid = 10 + static_cast<int>(i), .at_ns = 0, .comm = "x", .runtime = ""});
    apply(session, LoopConfirmed{{i}, confirmed, ""});
  }
  return session;
}

Evidence sleep_in(const std::string& function, std::uint32_t line, std::uint64_t busy_ns) {
  return evidence({asleep(kSleep, Stack{app(function, line)} + asyncio(), busy_ns)}, {.blocked_ns = busy_ns}, busy_ns);
}

void stall(Session& session, std::uint32_t loop, std::uint64_t iteration, std::uint64_t busy_ns, const Evidence& why) {
  apply(session, StallSeen{{.loop = {loop}, .iteration = iteration, .start_ns = iteration, .busy_ns = busy_ns}});
  LoopSample counted;
  counted.loop = {loop};
  counted.at_ns = iteration;
  counted.delta.stalls = 1;
  apply(session, counted);
  apply(session, EvidenceFound{{loop}, iteration, iteration, busy_ns, why});
}

std::size_t with_stacks(const Session& session) {
  return static_cast<std::size_t>(std::count_if(session.stalls.begin(), session.stalls.end(),
                                                [](const Stall& s) { return !s.evidence->samples.empty(); }));
}

}  // namespace

TEST_CASE("evidence goes to the stall of its iteration and loop") {
  Session s = with_loops(2);
  for (std::uint32_t loop : {0U, 1U})
    for (std::uint64_t i : {1, 2}) apply(s, StallSeen{{.loop = {loop}, .iteration = i, .busy_ns = kSecond}});
  const Evidence why = sleep_in("f", 12, kSecond);
  apply(s, EvidenceFound{{1}, 2, 0, kSecond, why});
  for (const Stall& x : s.stalls) CHECK((*x.evidence == why) == (x.loop.value == 1 && x.iteration == 2));
  apply(s, EvidenceFound{{7}, 2, 0, kSecond, why});
  CHECK(s.groups.size() == 1);
}

TEST_CASE("the worst stalls keep their stacks, the others culprit and causes, and that is counted") {
  Session s = with_loops(1);
  for (std::uint64_t i = 0; i < kStacksKept + 20; ++i) {
    const std::uint64_t busy = kMillisecond * (1000 - i * 7 % 200);
    stall(s, 0, i, busy, sleep_in("f", 12, busy));
  }
  CHECK(with_stacks(s) == kStacksKept);
  CHECK(summarize(s).lost.evidence_dropped == 20);
  std::uint64_t mildest_kept = UINT64_MAX, worst_dropped = 0;
  for (const Stall& x : s.stalls) {
    CHECK(x.evidence->culprit.frame.function == "f");
    CHECK(x.evidence->causes.size() == 1);
    if (x.evidence->samples.empty()) worst_dropped = std::max(worst_dropped, x.busy_ns);
    if (!x.evidence->samples.empty()) mildest_kept = std::min(mildest_kept, x.busy_ns);
  }
  CHECK(mildest_kept > worst_dropped);
}

TEST_CASE("huge stacks are bounded by their frames") {
  Session s = with_loops(1);
  for (std::uint64_t i = 1; i <= 20; ++i) {
    const Stack deep = Stack(kFramesKept / 10, app("f", 12)) + asyncio();
    stall(s, 0, i, i * kSecond, evidence({computing(deep, i * kSecond)}, {.cpu_ns = i * kSecond}, i * kSecond));
  }
  CHECK(with_stacks(s) == 9);
  CHECK(s.loops[0].evidence_dropped == 11);
}

TEST_CASE("beyond the heaviest looks of a stall only their time is kept, by cause") {
  std::vector<EvidenceSample> looks;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    looks.push_back(computing(Stack{app("f", 12)} + asyncio(), i, i));
    if (i <= 10) looks.push_back(asleep(kSleep, asyncio(), i, i));
  }
  Session s = with_loops(1);
  stall(s, 0, 1, 5105, evidence(looks, {.cpu_ns = 5050, .blocked_ns = 55}, 5105));
  const auto& kept = s.stalls[0].evidence->samples;
  CHECK(kept.size() == kSamplesKept + 2);
  std::uint64_t sum = 0;
  for (const EvidenceSample& sample : kept) sum += sample.weight_ns;
  CHECK(sum == 5105);
  CHECK(std::is_sorted(kept.begin(), kept.end(), [](auto& a, auto& b) { return a.at_ns < b.at_ns; }));
  CHECK(std::count_if(kept.begin(), kept.end(), [](auto& x) { return x.stack.empty(); }) == 2);
}

TEST_CASE("stalls with one culprit and cause are one group, over all loops") {
  Session s = with_loops(2);
  stall(s, 0, 1, 30 * kMillisecond, sleep_in("f", 12, 30 * kMillisecond));
  stall(s, 1, 1, 50 * kMillisecond, sleep_in("f", 12, 50 * kMillisecond));
  stall(s, 0, 2, 90 * kMillisecond, sleep_in("g", 22, 90 * kMillisecond));
  stall(s, 0, 3, 20 * kMillisecond, sleep_in("f", 14, 20 * kMillisecond));
  const Summary summary = summarize(s);
  REQUIRE(summary.groups.size() == 3);
  CHECK(summary.stalls_explained == 4);
  CHECK(summary.groups[0].culprit.frame.function == "g");
  CHECK(summary.groups[1].busy.count() == 2);
  CHECK(summary.groups[1].busy.sum_ns() == 80 * kMillisecond);
  CHECK(summary.groups[1].busy.max_ns() == 50 * kMillisecond);
  CHECK(summary.groups[1].loop == LoopId{1});
  CHECK(summary.groups[2].culprit.frame.line == 14);
}

TEST_CASE("computing is one group on whatever line it was seen; the worst stall gives the line") {
  Session s = with_loops(1);
  for (std::uint32_t i = 0; i < 5; ++i) {
    const Evidence why =
        evidence({computing(Stack{app("f", 10 + i)} + asyncio(), 100 + i)}, {.cpu_ns = 100 + i}, 100 + i);
    stall(s, 0, i, 100 + i, why);
  }
  REQUIRE(s.groups.size() == 1);
  CHECK(s.groups[0].culprit.frame.line == 14);
  CHECK(s.groups[0].example->stack[0].line == 14);
}

TEST_CASE("a group does not claim a peer that its stalls do not share") {
  Session s = with_loops(1);
  const auto with_peer = [](std::string peer) {
    const Cause cause{.kind = CauseKind::Socket, .syscall = "recvfrom", .object = std::move(peer)};
    return evidence({asleep(cause, Stack{app("f", 12)} + asyncio(), 100)}, {.blocked_ns = 100}, 100);
  };
  stall(s, 0, 1, 100, with_peer("tcp 10.0.0.5:5432"));
  CHECK(s.groups[0].cause.object == "tcp 10.0.0.5:5432");
  stall(s, 0, 2, 100, with_peer("tcp 10.0.0.6:5432"));
  REQUIRE(s.groups.size() == 1);
  CHECK(s.groups[0].cause == Cause{.kind = CauseKind::Socket, .syscall = "recvfrom", .object = ""});
}

TEST_CASE("stalls with nobody named are grouped by the reason") {
  Session s = with_loops(1);
  stall(s, 0, 1, 100, evidence({}, {.cpu_ns = 100}, 100, 2));
  stall(s, 0, 2, 100, evidence({}, {.cpu_ns = 100}, 100));
  stall(s, 0, 3, 100, evidence({}, {.cpu_ns = 100}, 100));
  const Summary summary = summarize(s);
  REQUIRE(summary.groups.size() == 2);
  CHECK(summary.groups[0].culprit.unnamed == Unnamed::NoLook);
  CHECK(summary.groups[0].busy.count() == 2);
  CHECK(summary.groups[1].culprit.unnamed == Unnamed::Withheld);
}

TEST_CASE("an unconfirmed loop's evidence shows nowhere, until it is confirmed") {
  Session s = with_loops(1, false);
  stall(s, 0, 1, kSecond, sleep_in("f", 12, kSecond));
  CHECK(summarize(s).groups.empty());
  CHECK(summarize(s).stalls.empty());
  CHECK(summarize(s).stalls_explained == 0);
  apply(s, LoopConfirmed{{0}, true, ""});
  CHECK(summarize(s).groups.size() == 1);
}

TEST_CASE("every stall with evidence is in a group, also those that are not kept; groups are bounded") {
  Session s = with_loops(1);
  for (std::uint64_t i = 0; i < kStallsKept + 10; ++i) stall(s, 0, i, kSecond + i, sleep_in("f", 12, kSecond + i));
  CHECK(s.groups[0].busy.count() == kStallsKept + 10);
  for (std::uint32_t i = 0; i < kGroupsKept + 10; ++i)
    apply(s, EvidenceFound{{0}, 99'999, 0, 100, sleep_in("f" + std::to_string(i), 12, 100)});
  CHECK(s.groups.size() == kGroupsKept);
  CHECK(s.loops[0].stalls_not_grouped == 11);
}

TEST_CASE("a stall that goes on is shown as it is now, and ends") {
  Session s = with_loops(2);
  apply(s, OngoingStall{{0}, 5, 100, sleep_in("f", 12, 100)});
  apply(s, OngoingStall{{1}, 5, 100, {}});
  apply(s, OngoingStall{{0}, 5, 200, sleep_in("f", 12, 200)});
  REQUIRE(s.ongoing.size() == 2);
  CHECK(s.ongoing.back().busy_ns == 200);
  apply(s, StallSeen{{.loop = {0}, .iteration = 1, .busy_ns = 300}});
  REQUIRE(s.ongoing.size() == 1);
  CHECK(s.ongoing[0].loop == LoopId{1});
  apply(s, OngoingStall{{1}, 5, 0, {}});
  CHECK(s.ongoing.empty());
}

TEST_CASE("a loop's tier comes with the reason why it is not more") {
  Session s = with_loops(1);
  apply(s, TierReached{{0}, Tier::Stacks, "Node: names of JavaScript functions come later"});
  CHECK(s.loops[0].tier == Tier::Stacks);
  CHECK(s.loops[0].tier_reason == "Node: names of JavaScript functions come later");
}
