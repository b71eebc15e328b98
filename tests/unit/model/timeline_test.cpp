#include "model/timeline.h"

#include "base/units.h"
#include "catch.h"
#include "probes/buckets.h"

using namespace loopstall;

namespace {

LoopSample sample(std::uint64_t at_ns, std::uint64_t busy_ns) {
  LoopSample s;
  s.at_ns = at_ns;
  s.delta.iterations = 1;
  s.delta.busy_ns = busy_ns;
  s.busy = {{ls_bucket(busy_ns), 1, busy_ns}};
  return s;
}

// A session with one reading a second.
Session with_samples(std::size_t n) {
  Session session;
  session.info.start_ns = 5 * kSecond;
  apply(session, LoopOpened{.loop = {0}, .pid = 1, .tid = 1, .at_ns = 3 * kSecond, .comm = {}, .runtime = {}});
  for (std::size_t i = 1; i <= n; ++i) apply(session, sample((5 + i) * kSecond, kMillisecond + i));
  return session;
}

void check_covers_all(const Loop& loop, std::uint64_t begin_ns, std::uint64_t end_ns) {
  LoopCounters sum;
  Histogram busy;
  std::uint64_t at = begin_ns;
  for (const TimelinePoint& point : loop.timeline) {
    CHECK(point.start_ns == at);
    at = point.end_ns;
    sum += point.counters;
    busy += point.busy;
  }
  CHECK(at == end_ns);
  CHECK(sum == loop.total);
  CHECK(busy == loop.busy);
}

}  // namespace

TEST_CASE("each reading is a point, from the session's start on") {
  const Session s = with_samples(3);
  REQUIRE(s.loops[0].timeline.size() == 3);
  CHECK(s.loops[0].timeline[0].start_ns == 5 * kSecond);
  CHECK(s.loops[0].timeline[0].end_ns == 6 * kSecond);
  CHECK(s.loops[0].timeline[0].samples == 1);
  check_covers_all(s.loops[0], 5 * kSecond, 8 * kSecond);
}

TEST_CASE("the first point of a loop that came later starts when it was seen") {
  Session s;
  s.info.start_ns = kSecond;
  apply(s, LoopOpened{.loop = {0}, .pid = 1, .tid = 1, .at_ns = 9 * kSecond, .comm = {}, .runtime = {}});
  apply(s, sample(10 * kSecond, 5));
  CHECK(s.loops[0].timeline[0].start_ns == 9 * kSecond);
}

TEST_CASE("a full timeline halves its resolution") {
  CHECK(with_samples(kTimelinePoints).loops[0].timeline.size() == kTimelinePoints);
  const Session s = with_samples(kTimelinePoints + 1);
  const auto& timeline = s.loops[0].timeline;
  REQUIRE(timeline.size() == kTimelinePoints / 2 + 1);
  CHECK(timeline.front().samples == 2);
  CHECK(timeline.back().samples == 1);
  CHECK(timeline[0].end_ns - timeline[0].start_ns == 2 * kSecond);
  check_covers_all(s.loops[0], 5 * kSecond, (5 + kTimelinePoints + 1) * kSecond);
}

TEST_CASE("later readings are merged into points of the new resolution") {
  const Session s = with_samples(kTimelinePoints + 4);
  const auto& timeline = s.loops[0].timeline;
  REQUIRE(timeline.size() == kTimelinePoints / 2 + 2);
  CHECK(timeline[timeline.size() - 2].samples == 2);
  CHECK(timeline.back().samples == 2);
}

TEST_CASE("a timeline never outgrows its bound and never loses anything") {
  for (std::size_t n : {1U, 599U, 600U, 601U, 1199U, 1200U, 1201U, 2401U, 10'000U}) {
    CAPTURE(n);
    const Session s = with_samples(n);
    CHECK(s.loops[0].timeline.size() <= kTimelinePoints);
    check_covers_all(s.loops[0], 5 * kSecond, (5 + n) * kSecond);
  }
}

TEST_CASE("a second reading at the same instant belongs to the last point") {
  Session s = with_samples(2);
  apply(s, sample(7 * kSecond, 9));
  REQUIRE(s.loops[0].timeline.size() == 2);
  CHECK(s.loops[0].timeline[1].counters.iterations == 2);
  CHECK(s.loops[0].timeline[1].samples == 1);
}

TEST_CASE("a reading at the instant of the start has no length until the next one") {
  Session s = with_samples(0);
  apply(s, sample(5 * kSecond, 9));
  apply(s, sample(6 * kSecond, 9));
  REQUIRE(s.loops[0].timeline.size() == 1);
  CHECK(s.loops[0].timeline[0].samples == 1);
  check_covers_all(s.loops[0], 5 * kSecond, 6 * kSecond);
}

TEST_CASE("the session's extremes are exact in the timeline") {
  Session s = with_samples(1);  // 1,000,001 ns
  LoopSample e = sample(7 * kSecond, 0);
  const std::uint32_t bucket = ls_bucket(50'000'000);
  e.busy = {{bucket, 2, 100'000'100}};
  e.busy_min_ns = 1'000'001;
  e.busy_max_ns = 50'000'090;
  apply(s, e);
  CHECK(s.loops[0].timeline[1].busy.max_ns() == 50'000'090);
  CHECK(s.loops[0].timeline[1].busy.min_ns() == 50'000'050);  // the mean: nobody knows better
  CHECK(s.loops[0].busy.min_ns() == 1'000'001);
}

TEST_CASE("readings that come more often than once a second make no more points") {
  Session s = with_samples(0);
  for (std::size_t i = 1; i <= 15; ++i) apply(s, sample(5 * kSecond + i * kSecond / 5, kMillisecond));
  REQUIRE(s.loops[0].timeline.size() == 3);
  CHECK(s.loops[0].timeline[1].end_ns == 7 * kSecond);
  CHECK(s.loops[0].timeline[2].samples == 1);
  check_covers_all(s.loops[0], 5 * kSecond, 8 * kSecond);
}
