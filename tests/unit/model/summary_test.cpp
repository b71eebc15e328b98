#include "model/summary.h"

#include "base/units.h"
#include "catch.h"

using namespace loopstall;

namespace {

Loop loop(std::uint32_t id, bool confirmed, std::uint64_t busy_ns) {
  Loop l;
  l.id = {id};
  l.pid = l.tid = 100 + static_cast<int>(id);
  l.confirmed = confirmed;
  l.seen_ns = kSecond;
  l.total = {.iterations = 10, .busy_ns = busy_ns, .idle_ns = 3 * busy_ns, .events = 25, .stalls = 2, .split = {}};
  l.busy.record(busy_ns);
  return l;
}

Session session(std::vector<Loop> loops) {
  Session s;
  s.info.start_ns = kSecond;
  s.info.duration_ns = 10 * kSecond;
  s.loops = std::move(loops);
  return s;
}

Stall stall(std::uint32_t id, std::uint64_t busy_ns, std::uint64_t start_ns) {
  Stall s;
  s.loop = {id};
  s.start_ns = start_ns;
  s.busy_ns = busy_ns;
  return s;
}

std::vector<std::uint32_t> ids(const std::vector<LoopSummary>& loops) {
  std::vector<std::uint32_t> all;
  for (const LoopSummary& l : loops) all.push_back(l.loop.id.value);
  return all;
}

}  // namespace

TEST_CASE("nothing summarizes to nothing") {
  const Summary s = summarize(Session{});
  CHECK(s.loops.empty());
  CHECK(s.stalls_total == 0);
}

TEST_CASE("a loop's ratios") {
  const Summary s = summarize(session({loop(0, true, kSecond)}));
  REQUIRE(s.loops.size() == 1);
  CHECK(s.loops[0].utilization == Approx(0.25));
  CHECK(s.loops[0].iterations_per_s == Approx(1.0));
  CHECK(s.loops[0].events_per_wait == Approx(2.5));
  CHECK(s.loops[0].watched_ns == 10 * kSecond);
  CHECK(s.loops[0].busy.p99_ns == kSecond);
  CHECK(s.loops[0].own.count == 0);
}

TEST_CASE("a loop on which nothing was seen divides by nothing") {
  Loop idle;
  idle.tid = 1;
  Session session;
  session.loops = {idle};
  const Summary s = summarize(session);
  REQUIRE(s.unconfirmed.size() == 1);
  CHECK(s.unconfirmed[0].utilization == 0);
  CHECK(s.unconfirmed[0].iterations_per_s == 0);
  CHECK(s.unconfirmed[0].events_per_wait == 0);
}

TEST_CASE("a loop is watched from when it was seen until it ended") {
  Loop late = loop(0, true, 1);
  late.seen_ns = 5 * kSecond;
  Loop early = loop(1, true, 1);
  early.seen_ns = 0;
  early.closed_ns = 4 * kSecond;
  Loop impossible = loop(2, true, 1);
  impossible.seen_ns = 60 * kSecond;
  const Summary s = summarize(session({late, early, impossible}));
  CHECK(s.loops[0].watched_ns == 6 * kSecond);
  CHECK(s.loops[1].watched_ns == 3 * kSecond);
  CHECK(s.loops[2].watched_ns == 0);
}

TEST_CASE("time that nobody booked can be of either sign") {
  Loop l = loop(0, true, 100);
  l.total.split = {.cpu_ns = 50, .blocked_ns = 30, .runqueue_ns = 10};
  CHECK(summarize(session({l})).loops[0].unaccounted_ns == 10);
  l.total.split.blocked_ns = 45;
  CHECK(summarize(session({l})).loops[0].unaccounted_ns == -5);
}

TEST_CASE("loops with most time in stalls come first, then the busiest") {
  Session s = session({loop(0, true, 10), loop(1, true, 30), loop(2, true, 20), loop(3, true, 20)});
  s.stalls = {stall(0, 7, 1), stall(0, 7, 2), stall(2, 8, 3)};
  CHECK(ids(summarize(s).loops) == std::vector<std::uint32_t>{0, 2, 1, 3});
}

TEST_CASE("unconfirmed loops are apart and have no stalls") {
  Session s = session({loop(0, false, 10), loop(1, true, 10)});
  s.stalls = {stall(0, 99, 1), stall(1, 7, 2)};
  const Summary summary = summarize(s);
  CHECK(ids(summary.loops) == std::vector<std::uint32_t>{1});
  CHECK(ids(summary.unconfirmed) == std::vector<std::uint32_t>{0});
  CHECK(summary.stalls == std::vector<Stall>{stall(1, 7, 2)});
  CHECK(summary.stalls_total == 2);
}

TEST_CASE("stalls are longest first, among equals the earlier one") {
  Session s = session({loop(0, true, 10)});
  s.stalls = {stall(0, 5, 9), stall(0, 7, 4), stall(0, 5, 2), stall(0, 7, 3)};
  CHECK(summarize(s).stalls == std::vector<Stall>{stall(0, 7, 3), stall(0, 7, 4), stall(0, 5, 2), stall(0, 5, 9)});
}

TEST_CASE("the total of stalls is the loops' count, not that of the kept ones") {
  Session s = session({loop(0, true, 10), loop(1, true, 10)});
  Stall ongoing = stall(0, 50, 1);
  ongoing.ongoing = true;
  s.stalls = {ongoing};
  CHECK(summarize(s).stalls_total == 4);
}

TEST_CASE("a number without a loop is left out") {
  CHECK(summarize(session({Loop{}, loop(1, true, 10)})).unconfirmed.empty());
}
