#include "model/session.h"

#include <algorithm>
#include <random>

#include "base/units.h"
#include "catch.h"
#include "model/summary.h"
#include "probes/buckets.h"

using namespace loopstall;

namespace {

LoopOpened opened(std::uint32_t id, std::uint64_t at_ns = 0) {
  return {.loop = {id},
          .pid = 10,
          .tid = 10 + static_cast<int>(id),
          .at_ns = at_ns,
          .comm = "python3",
          .wait = Wait::EpollWait,
          .runtime = "CPython"};
}

Stall stall(std::uint32_t loop, std::uint64_t busy_ns, std::uint64_t start_ns) {
  Stall s;
  s.loop = {loop};
  s.iteration = s.start_ns = start_ns;
  s.busy_ns = busy_ns;
  return s;
}

LoopSample sample(std::uint32_t loop, std::uint64_t at_ns, std::uint64_t busy_ns) {
  LoopSample s;
  s.loop = {loop};
  s.at_ns = at_ns;
  s.delta = {.iterations = 1, .busy_ns = busy_ns, .idle_ns = 5, .events = 2, .split = {.cpu_ns = busy_ns}};
  s.busy = {{ls_bucket(busy_ns), 1, busy_ns}};
  s.own = s.busy;
  s.busy_min_ns = s.busy_max_ns = s.own_min_ns = s.own_max_ns = busy_ns;
  return s;
}

Session with_loops(std::uint32_t n) {
  Session session;
  for (std::uint32_t i = 0; i < n; ++i) apply(session, opened(i));
  return session;
}

}  // namespace

TEST_CASE("processes are listed in the order seen, and end") {
  Session s;
  apply(s, ProcessSeen{1, 0, 100, "init", "init", ""});
  apply(s, ProcessSeen{2, 1, 200, "sh", "sh -c server", "native"});
  apply(s, ProcessExited{2, 300});
  apply(s, ProcessExited{99, 300});
  REQUIRE(s.processes.size() == 2);
  CHECK(s.processes[0] == Process{1, 0, 100, 0, "init", "init", ""});
  CHECK(s.processes[1] == Process{2, 1, 200, 300, "sh", "sh -c server", "native"});
}

TEST_CASE("a process that calls exec is the same process, a pid used again is not") {
  Session s;
  apply(s, ProcessSeen{2, 1, 200, "sh", "sh", "native"});
  apply(s, ProcessSeen{2, 1, 250, "python3", "python3 app.py", "CPython"});
  REQUIRE(s.processes.size() == 1);
  CHECK(s.processes[0] == Process{2, 1, 200, 0, "python3", "python3 app.py", "CPython"});
  apply(s, ProcessExited{2, 300});
  apply(s, ProcessSeen{2, 1, 400, "cat", "cat", "native"});
  apply(s, ProcessExited{2, 500});
  REQUIRE(s.processes.size() == 2);
  CHECK(s.processes[0].exited_ns == 300);
  CHECK(s.processes[1].exited_ns == 500);
}

TEST_CASE("a loop has the index of its id, unconfirmed at first") {
  Session s;
  apply(s, opened(2, 50));
  REQUIRE(s.loops.size() == 3);
  CHECK(s.loops[2].id == LoopId{2});
  CHECK(s.loops[2].seen_ns == 50);
  CHECK(s.loops[2].wait == Wait::EpollWait);
  CHECK_FALSE(s.loops[2].confirmed);
}

TEST_CASE("a loop seen again keeps its start and its counts") {
  Session s;
  apply(s, opened(0, 50));
  apply(s, sample(0, 100, 7));
  LoopOpened again = opened(0, 90);
  again.runtime = "CPython 3.11.2, uvloop";
  apply(s, again);
  CHECK(s.loops[0].seen_ns == 50);
  CHECK(s.loops[0].runtime == "CPython 3.11.2, uvloop");
  CHECK(s.loops[0].total.iterations == 1);
}

TEST_CASE("confirmation and its reason come and go") {
  Session s = with_loops(1);
  apply(s, LoopConfirmed{{0}, false, "waits for one socket only"});
  CHECK(s.loops[0].unconfirmed_reason == "waits for one socket only");
  apply(s, LoopConfirmed{{0}, true, ""});
  CHECK(s.loops[0].confirmed);
  CHECK(s.loops[0].unconfirmed_reason.empty());
}

TEST_CASE("events for a loop that was never opened are ignored") {
  Session s;
  apply(s, opened(2));
  const Session before = s;
  for (std::uint32_t id : {0U, 1U, 7U}) {  // two gaps, and beyond the end
    apply(s, sample(id, 100, 7));
    apply(s, StallSeen{stall(id, 1, 1)});
    apply(s, LoopConfirmed{{id}, true, ""});
    apply(s, LoopClosed{{id}, 5});
  }
  CHECK(s == before);
}

TEST_CASE("samples add up") {
  Session s = with_loops(1);
  apply(s, sample(0, 100, 1'000'000));
  apply(s, sample(0, 200, 3'000'000));
  const Loop& loop = s.loops[0];
  CHECK(loop.total.iterations == 2);
  CHECK(loop.total.busy_ns == 4'000'000);
  CHECK(loop.busy.count() == 2);
  CHECK(loop.own.sum_ns() == 4'000'000);
  CHECK(loop.busy.min_ns() == 1'000'000);
  CHECK(loop.busy.max_ns() == 3'000'000);
}

TEST_CASE("the wait of a sample replaces that of the loop, an unknown one does not") {
  Session s = with_loops(1);
  LoopSample e = sample(0, 100, 7);
  apply(s, e);
  CHECK(s.loops[0].wait == Wait::EpollWait);
  e.wait = Wait::EpollPwait;
  apply(s, e);
  CHECK(s.loops[0].wait == Wait::EpollPwait);
}

TEST_CASE("a closed loop says when") {
  Session s = with_loops(1);
  apply(s, LoopClosed{{0}, 77});
  CHECK(s.loops[0].closed_ns == 77);
}

TEST_CASE("cost and losses are the last reading, a note is told once") {
  Session s;
  apply(s, CostRead{{.bpf_hits = 1}});
  apply(s, CostRead{{.bpf_hits = 2}});
  apply(s, LostRead{{.stall_events = 3}});
  apply(s, LostRead{{.stall_events = 4}});
  apply(s, Note{"no fentry"});
  apply(s, Note{"no fentry"});
  CHECK(s.cost == Cost{.bpf_hits = 2});
  CHECK(s.lost == Lost{.stall_events = 4});
  CHECK(s.notes == std::vector<std::string>{"no fentry"});
}

TEST_CASE("of more stalls than there is room for the worst are kept and the others counted") {
  Session s = with_loops(1);
  apply(s, LoopConfirmed{{0}, true, ""});
  std::vector<std::uint64_t> lengths(kStallsKept + 1000);
  for (std::size_t i = 0; i < lengths.size(); ++i) lengths[i] = 1000 + i;
  std::shuffle(lengths.begin(), lengths.end(), std::mt19937(1));
  for (std::size_t i = 0; i < lengths.size(); ++i) apply(s, StallSeen{stall(0, lengths[i], i)});
  REQUIRE(s.stalls.size() == kStallsKept);
  CHECK(std::all_of(s.stalls.begin(), s.stalls.end(), [](const Stall& x) { return x.busy_ns >= 2000; }));
  CHECK(s.loops[0].stalls_not_kept == 1000);
}

TEST_CASE("the kernel's losses do not overwrite the count of stalls not kept") {
  Session s = with_loops(1);
  apply(s, LoopConfirmed{{0}, true, ""});
  for (std::size_t i = 0; i < kStallsKept + 5; ++i) apply(s, StallSeen{stall(0, 100 + i, i)});
  apply(s, LostRead{{.stall_events = 4}});
  CHECK(summarize(s).lost == Lost{.stall_events = 4, .stalls_not_kept = 5});
}

TEST_CASE("what is kept does not depend on the order of arrival, also among equals") {
  std::vector<Stall> stalls;
  for (std::size_t i = 0; i < kStallsKept + 500; ++i) stalls.push_back(stall(0, 100 + i % 3, i));
  std::vector<std::vector<Stall>> kept;
  for (unsigned seed : {1U, 2U}) {
    std::shuffle(stalls.begin(), stalls.end(), std::mt19937(seed));
    Session s = with_loops(1);
    apply(s, LoopConfirmed{{0}, true, ""});
    for (const Stall& x : stalls) apply(s, StallSeen{x});
    kept.push_back(summarize(s).stalls);
  }
  CHECK(kept[0] == kept[1]);
}

TEST_CASE("an unconfirmed loop's stalls, which nobody sees, give way to a confirmed loop's") {
  Session s = with_loops(2);
  for (std::size_t i = 0; i < kStallsKept; ++i) apply(s, StallSeen{stall(0, kSecond, i)});
  for (std::size_t i = 0; i < 100; ++i) apply(s, StallSeen{stall(1, 10 * kMillisecond, i)});
  CHECK(s.loops[1].stalls_not_kept == 100);  // nobody knows better yet
  apply(s, LoopConfirmed{{1}, true, ""});
  for (std::size_t i = 0; i < 100; ++i) apply(s, StallSeen{stall(1, 10 * kMillisecond, 200 + i)});
  CHECK(summarize(s).stalls.size() == 100);
  CHECK(s.loops[0].stalls_not_kept == 100);
  CHECK(summarize(s).lost.stalls_not_kept == 100);  // of the confirmed one only
}
