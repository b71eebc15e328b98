#include <algorithm>
#include <chrono>

#include "catch.h"
#include "diff/diff.h"
#include "served.h"

using namespace loopstall;
using namespace loopstall::test;

namespace {

const std::vector<Work> kShop{{"index", 0.3, 20}, {"items", 2, 4, 0.3}, {"report", 5, 2, 0.2}};

std::vector<Work> with_report(double median_ms, double queued_ms = 0) {
  std::vector<Work> works = kShop;
  works[2].median_ms = median_ms;
  works[2].queued_ms = queued_ms;
  return works;
}

const Item& task(const Diff& diff, const std::string& name) {
  for (const Item& item : diff.tasks)
    if (item.source.name == name) return item;
  FAIL("no task " << name);
  return diff.tasks[0];
}

bool is_different(const Diff& diff) {
  const auto differs = [](const Item& item) { return is_difference(item.verdict); };
  return std::any_of(diff.tasks.begin(), diff.tasks.end(), differs) ||
         std::any_of(diff.loops.begin(), diff.loops.end(), differs);
}

Summary shop(std::uint32_t seed, const std::vector<Work>& works = kShop, unsigned readings = 30) {
  return Served(seed).readings(readings, works).summary();
}

}  // namespace

TEST_CASE("two sessions of the same server do not differ") {
  unsigned wrong = 0;
  for (std::uint32_t seed = 0; seed < 40; ++seed) wrong += is_different(compare(shop(2 * seed), shop(2 * seed + 1)));
  CHECK(wrong == 0);
}

TEST_CASE("a handler slowed from 5 to 8 ms is worse, and the other way round better") {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const Summary before = shop(seed), after = shop(100 + seed, with_report(8));
    const Diff diff = compare(before, after), back = compare(after, before);
    CHECK(diff.tasks[0].source.name == "report");
    CHECK(diff.tasks[0].verdict == Verdict::Worse);
    CHECK(count_of(diff, Verdict::Worse) <= 2);  // the loop as well
    CHECK(task(diff, "items").verdict == Verdict::Same);
    CHECK(back.tasks[0].verdict == Verdict::Better);
  }
}

TEST_CASE("a change within the tolerance is none, and the tolerance can be chosen") {
  const Summary before = shop(1, kShop, 200), after = shop(2, with_report(5.5), 200);
  CHECK_FALSE(is_different(compare(before, after)));
  CHECK(task(compare(before, after, {.share = 0.02, .ns = 50'000}), "report").verdict == Verdict::Worse);
}

TEST_CASE("a rare maximum makes no difference") {
  Served after(2);
  after.readings(10, kShop).outlier(2, 2 * kSecond).readings(10, kShop).outlier(2, kSecond).readings(10, kShop);
  const Diff diff = compare(shop(1), after.summary());
  CHECK(task(diff, "report").after.values.max_ns == 2 * kSecond);
  CHECK_FALSE(is_different(diff));
}

TEST_CASE("steps that waited for a CPU are not slower") {
  const Diff diff = compare(shop(1), shop(2, with_report(5, 4)));
  CHECK(task(diff, "report").after.values.p50_ns > 8 * kMillisecond);
  CHECK_FALSE(is_different(diff));
  CHECK_FALSE(is_different(compare(shop(2, with_report(5, 4)), shop(1))));
}

TEST_CASE("a task that comes with some weight is new, one that goes is gone, one that hardly ever runs is neither") {
  std::vector<Work> more = kShop;
  more.push_back({"added", 3, 2});
  more.push_back({"tiny", 0.01, 1});
  const Diff diff = compare(shop(1), shop(2, more)), back = compare(shop(2, more), shop(1));
  CHECK(task(diff, "added").verdict == Verdict::New);
  CHECK(task(diff, "tiny").verdict == Verdict::Untested);
  CHECK(task(back, "added").verdict == Verdict::Gone);
}

TEST_CASE("tasks are matched by name and file; lines and folders may move") {
  std::vector<Work> moved = with_report(8);
  for (Work& work : moved) work.file = "/srv/v2/app.py", work.line += 7;
  const Diff diff = compare(shop(1), shop(2, moved));
  CHECK(diff.tasks.size() == 3);
  CHECK(task(diff, "report").verdict == Verdict::Worse);
  CHECK(task(diff, "report").source.file == "/srv/v2/app.py");
}

TEST_CASE("too little to tell is not tested, and says so") {
  const Diff diff = compare(shop(1, kShop, 3), shop(2, with_report(50), 3));
  CHECK(diff.comparisons == 0);
  CHECK(task(diff, "report").verdict == Verdict::Untested);
  CHECK(task(diff, "report").why == "too few to tell");
}

TEST_CASE("a recording without blocks of time is shown and not tested") {
  Served old(1);
  old.readings(30, kShop);
  old.session.blocks = {};
  for (Loop& loop : old.session.loops) loop.blocks.clear();
  for (Task& t : old.session.tasks) t.blocks.clear();
  const Diff diff = compare(old.summary(), shop(2, with_report(8)));
  CHECK(diff.comparisons == 0);
  CHECK(diff.notes.size() == 1);
  CHECK(task(diff, "report").before.values.p50_ns > 4 * kMillisecond);
}

TEST_CASE("queue delay and blame are shown before and after, and not tested") {
  const Summary before = Served(1).readings(30, kShop).waits(2 * kMillisecond, 60).summary(),
                after = Served(2).readings(30, kShop).waits(80 * kMillisecond, 60).summary();
  const Diff diff = compare(before, after);
  CHECK_FALSE(is_different(diff));
  CHECK(diff.comparisons == compare(shop(1), shop(2)).comparisons);
  const Waiting &loop = diff.loops[0].after.waiting, &index = task(diff, "index").before.waiting;
  CHECK(loop.delay.p99_ns == 80 * kMillisecond);
  CHECK(loop.total_ns == 60 * 80 * kMillisecond);
  CHECK(loop.ns_per_s == Approx(60 * 80e6 / 6));
  CHECK(index.blame.sockets == 60);
  CHECK(index.ns_per_s == Approx(60 * 2e6 / 6));
  CHECK(task(diff, "items").after.waiting.measured);
  CHECK(task(diff, "items").after.waiting.total_ns == 0);
}

TEST_CASE("queue delay that one session alone measured is no change") {
  const Diff diff = compare(shop(1), Served(2).readings(30, kShop).waits(kSecond, 60).summary());
  CHECK_FALSE(is_different(diff));
  CHECK_FALSE(diff.loops[0].before.waiting.measured);
  REQUIRE(diff.notes.size() == 1);
  CHECK(diff.notes[0] == "queue delay was measured in one of the sessions only");
}

TEST_CASE("loops are matched by name without digits and runtime without versions, else as the only ones") {
  const auto session = [](std::uint32_t seed, const char* comm, const char* runtime) {
    return Served(seed, comm, runtime).readings(30, kShop).summary();
  };
  const Summary before = session(1, "worker-1", "CPython 3.11.2, uvloop");
  CHECK(compare(before, session(2, "worker-27", "CPython 3.13.0, uvloop")).loops[0].matched.empty());
  CHECK(compare(before, session(2, "python3", "CPython 3.11.2, uvloop")).loops[0].matched.find("name differs") !=
        std::string::npos);
  const Diff other = compare(before, session(2, "node", "Node.js 20.1.0"));
  CHECK(other.loops.size() == 1);
  CHECK(other.loops[0].matched.find("only loops left") != std::string::npos);
}

TEST_CASE("the same sessions give the same numbers") {
  const Diff a = compare(shop(1), shop(2)), b = compare(shop(1), shop(2));
  CHECK(a.tasks[0].changes[0].ratio.low == b.tasks[0].changes[0].ratio.low);
}

TEST_CASE("ten thousand tasks are compared in seconds") {
  std::vector<Work> works;
  for (int i = 0; i < 10'000; ++i) works.push_back({"task" + std::to_string(i), 0.1, 1});
  const Summary before = shop(1, works, 30), after = shop(2, works, 30);
  const auto start = std::chrono::steady_clock::now();
  const Diff diff = compare(before, after);
  const auto took = std::chrono::steady_clock::now() - start;
  WARN(diff.comparisons << " comparisons: " << std::chrono::duration_cast<std::chrono::milliseconds>(took).count()
                        << " ms");
  CHECK(diff.tasks_without_blocks[0] > 0);
  CHECK_FALSE(is_different(diff));
  CHECK(took < std::chrono::seconds(60));  // generous: sanitizers, busy machines
}
