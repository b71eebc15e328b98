#include "model/merge.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "base/units.h"
#include "catch.h"
#include "model/summary.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t kThreshold = 10 * kMillisecond;

// What really happened, iteration by iteration.
using Raw = std::vector<std::uint64_t>;

Raw iterations(std::uint32_t seed) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> ns(14, 1.5);
  Raw raw(200 + seed % 37);
  std::generate(raw.begin(), raw.end(), [&] { return static_cast<std::uint64_t>(ns(random)); });
  return raw;
}

void add_loop(Session& session, std::uint32_t id, const Raw& raw) {
  const std::uint64_t start = session.info.start_ns;
  apply(session, LoopOpened{{id}, 100, 100 + static_cast<int>(id), start, "worker", Wait::EpollWait, "native"});
  apply(session, LoopConfirmed{{id}, true, ""});
  Histogram busy;
  LoopSample sample;
  sample.loop = {id};
  sample.at_ns = start + kSecond;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    busy.record(raw[i]);
    ++sample.delta.iterations;
    sample.delta.busy_ns += raw[i];
    if (raw[i] < kThreshold) continue;
    ++sample.delta.stalls;
    apply(session, StallSeen{{.loop = {id},
                              .pid = 100,
                              .tid = 100,
                              .iteration = i,
                              .start_ns = start + i,
                              .busy_ns = raw[i],
                              .split = {}}});
  }
  sample.busy = sample.own = busy.buckets();
  sample.busy_min_ns = sample.own_min_ns = busy.min_ns();
  sample.busy_max_ns = sample.own_max_ns = busy.max_ns();
  apply(session, sample);
}

// Queue delay of the second loop, blame of its task and of its stalls; the third machine has not measured it.
void add_queue(Session& session, std::uint32_t n) {
  if (n == 2) return;
  Histogram delay;
  for (const std::uint64_t ns : iterations(1000 + n)) delay.record(ns);
  apply(session, QueueSample{.loop = {1},
                             .delta = {.waited_ns = delay.sum_ns() + n, .held_ns = n + 1, .unread = 3},
                             .delay = delay.buckets(),
                             .accept = {{300, n + 1, 1000}},
                             .delay_min_ns = delay.min_ns(),
                             .delay_max_ns = delay.max_ns()});
  apply(session, TaskSample{.task = {0}, .delta = {.split = {}, .blame = {100 + n, 60 + n, 2}}, .hold = {}});
  for (Stall& stall : session.stalls) stall.delayed = {stall.busy_ns * 3, stall.busy_ns, 3};
}

// The n-th machine's: its clock, its time of day, two loops, a task.
Session recording(std::uint32_t n) {
  Session session;
  session.info = {.version = "0.1.0",
                  .kernel = n % 2 ? "6.1.0" : "6.12.0",
                  .machine = "x86_64",
                  .target = "worker",
                  .start_realtime_ns = 1'772'366'400 * kSecond + n * 60 * kSecond,
                  .start_ns = (1000 - n) * kSecond,
                  .duration_ns = 10 * kSecond,
                  .threshold_ns = kThreshold};
  apply(session, ProcessSeen{100, 0, session.info.start_ns, "worker", "worker", "native"});
  add_loop(session, 0, iterations(2 * n));
  add_loop(session, 1, iterations(2 * n + 1));
  apply(session, TaskSeen{{0}, {1}, TaskKind::Task, {"step", "/x.py", 3}});
  apply(session, TaskSample{{0}, {.steps = n + 1, .hold_ns = 1000, .split = {}}, {{300, n + 1, 1000}}, 1, 900});
  add_queue(session, n);
  apply(session, LostRead{{.loops = 1, .frames_unnamed = n}});
  apply(session, CostRead{{.bpf_hits = 10, .collector_rss_bytes = n}});
  apply(session, Note{"a note"});
  return session;
}

std::vector<NamedSession> recordings(std::uint32_t count) {
  std::vector<NamedSession> all;
  for (std::uint32_t n = 0; n < count; ++n) all.push_back({"web-" + std::to_string(n), recording(n)});
  return all;
}

Session must_merge(std::vector<NamedSession> all) {
  Result<Session> merged = merge(std::move(all));
  REQUIRE(merged);
  return std::move(*merged);
}

// Nearest rank, of the values themselves.
std::uint64_t quantile(Raw values, double q) {
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

TEST_CASE("50 merged recordings have the statistics of all their raw data") {
  Raw all;
  Histogram concatenated;
  for (std::uint32_t n = 0; n < 100; ++n)
    for (const std::uint64_t ns : iterations(n)) all.push_back(ns), concatenated.record(ns);
  const Summary summary = summarize(must_merge(recordings(50)));
  const Distribution &busy = summary.busy, wanted = distribution_of(concatenated);
  CHECK(busy.buckets == wanted.buckets);
  CHECK(busy.count == all.size());
  CHECK(busy.sum_ns == wanted.sum_ns);
  CHECK(busy.min_ns == *std::min_element(all.begin(), all.end()));
  CHECK(busy.max_ns == *std::max_element(all.begin(), all.end()));
  for (const auto& [value, q] :
       {std::pair{busy.p50_ns, 0.5}, {busy.p90_ns, 0.9}, {busy.p99_ns, 0.99}, {busy.p999_ns, 0.999}})
    CHECK(static_cast<double>(value) == Approx(static_cast<double>(quantile(all, q))).epsilon(0.0079));
  CHECK(busy.p99_ns == concatenated.quantile_ns(0.99));
  CHECK(summary.stalls_total == static_cast<std::uint64_t>(std::count_if(
                                    all.begin(), all.end(), [](std::uint64_t ns) { return ns >= kThreshold; })));
}

TEST_CASE("each merged loop keeps its own histogram, and says whose it is") {
  const Session merged = must_merge(recordings(50));
  REQUIRE(merged.loops.size() == 100);
  for (std::uint32_t i = 0; i < 100; ++i) {
    Histogram raw;
    for (const std::uint64_t ns : iterations(i)) raw.record(ns);
    CHECK(merged.loops[i].id.value == i);
    CHECK(merged.loops[i].busy == raw);
    CHECK(merged.loops[i].comm == "web-" + std::to_string(i / 2) + "/worker");
  }
  CHECK(merged.recordings.size() == 50);
  CHECK(merged.recordings[7].first_loop == 14);
  CHECK(merged.recordings[7].first_process == 7);
  CHECK(merged.recordings[7].info == recording(7).info);
}

TEST_CASE("queue delay and blame are merged to the nanosecond") {
  const Session merged = must_merge(recordings(5));
  Histogram all, wanted;
  for (std::uint32_t n = 0; n < 5; ++n) {
    const Session one = recording(n);
    CHECK(merged.loops[2 * n].queue == one.loops[0].queue);
    CHECK(merged.loops[2 * n + 1].queue == one.loops[1].queue);
    CHECK(merged.tasks[n].total.blame == one.tasks[0].total.blame);
    all += merged.loops[2 * n + 1].queue.delay;
    if (n != 2)
      for (const std::uint64_t ns : iterations(1000 + n)) wanted.record(ns);
  }
  CHECK(all == wanted);
  for (const Stall& stall : merged.stalls)
    CHECK(stall.delayed.total_ns == (stall.loop.value / 2 == 2 ? 0 : 3 * stall.busy_ns));
  const Summary summary = summarize(merged);
  CHECK(summary.knows_blame);
  const auto unknown = std::count_if(summary.loops.begin(), summary.loops.end(),
                                     [](const LoopSummary& loop) { return !loop.loop.queue.measured; });
  CHECK(unknown == 6);
}

TEST_CASE("losses and counts are summed, tasks stay with their loop") {
  const Session merged = must_merge(recordings(5));
  CHECK(merged.lost.loops == 5);
  CHECK(merged.lost.frames_unnamed == 10);
  CHECK(merged.cost.bpf_hits == 50);
  CHECK(merged.cost.collector_rss_bytes == 4);
  CHECK(merged.notes.size() == 5);
  CHECK(merged.notes[2] == "web-2: a note");
  REQUIRE(merged.tasks.size() == 5);
  for (std::uint32_t i = 0; i < 5; ++i) {
    CHECK(merged.tasks[i].id.value == i);
    CHECK(merged.tasks[i].loop.value == 2 * i + 1);
    CHECK(merged.tasks[i].total.steps == i + 1);
  }
}

TEST_CASE("times are those of the day, whatever the machine's clock said") {
  const Session merged = must_merge(recordings(3));
  CHECK(merged.info.start_realtime_ns == recording(0).info.start_realtime_ns);
  CHECK(merged.info.duration_ns == 2 * 60 * kSecond + 10 * kSecond);
  for (const Stall& stall : merged.stalls)
    CHECK(stall.start_ns - merged.info.start_ns - stall.loop.value / 2 * 60 * kSecond == stall.iteration);
  CHECK(summarize(merged).loops[0].watched_ns == 10 * kSecond);
  CHECK(merged.info.kernel == "6.1.0, 6.12.0");
  CHECK(merged.info.machine == "x86_64");
}

TEST_CASE("no more stalls are kept than of one session, and those that are not are counted") {
  std::vector<NamedSession> all = recordings(2);
  for (NamedSession& one : all)
    for (std::uint64_t i = 0; i < kStallsKept; ++i)
      apply(one.session, StallSeen{{.loop = {0}, .iteration = 10'000 + i, .busy_ns = kSecond + i, .split = {}}});
  const Session merged = must_merge(all);
  CHECK(merged.stalls.size() == kStallsKept);
  std::uint64_t not_kept = 0, before = 0;
  for (const Loop& loop : merged.loops) not_kept += loop.stalls_not_kept;
  for (const NamedSession& one : all)
    before += one.session.loops[0].stalls_not_kept + one.session.loops[1].stalls_not_kept;
  CHECK(not_kept == before + kStallsKept);
}

TEST_CASE("what was merged can be merged again") {
  std::vector<NamedSession> two = recordings(2);
  const Session fleet = must_merge({{"a", must_merge(two)}, {"web-9", recording(9)}});
  REQUIRE(fleet.recordings.size() == 3);
  CHECK(fleet.recordings[1].name == "web-1");
  CHECK(fleet.recordings[2].name == "web-9");
  CHECK(fleet.recordings[2].first_loop == 4);
  CHECK(fleet.loops[2].comm == "web-1/worker");
  CHECK(fleet.loops[4].comm == "web-9/worker");
}

TEST_CASE("recordings that count stalls differently are refused") {
  std::vector<NamedSession> two = recordings(2);
  two[1].session.info.threshold_ns = 5 * kMillisecond;
  const Result<Session> merged = merge(two);
  REQUIRE_FALSE(merged);
  CHECK(merged.error().message == "web-0 counts stalls from 10.0 ms on, web-1 from 5.00 ms on: they can not be merged");
}
