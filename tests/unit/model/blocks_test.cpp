// Blocks of time: what is counted in them, that they stay bounded and lose nothing.
#include "base/units.h"
#include "catch.h"
#include "model/count_blocks.h"
#include "model/session.h"
#include "probes/buckets.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t kBegin = 5 * kSecond;
constexpr std::uint64_t kReading = kShortestBlockNs;

LoopSample iterations_of(std::uint64_t busy_ns, std::uint64_t own_ns) {
  LoopSample s;
  s.delta.iterations = 1;
  s.delta.busy_ns = busy_ns;
  s.busy = {{ls_bucket(busy_ns), 1, busy_ns}};
  s.own = {{ls_bucket(own_ns), 1, own_ns}};
  return s;
}

TaskSample steps_of(std::uint32_t task, std::uint64_t hold_ns) {
  return {.task = {task},
          .delta = {.steps = 1, .hold_ns = hold_ns, .stalls = 0, .split = {}},
          .hold = {{ls_bucket(hold_ns) & ~1U, 1, hold_ns}},
          .min_ns = 1,
          .max_ns = hold_ns};
}

Session started() {
  Session session;
  session.info.start_ns = kBegin;
  apply(session, LoopOpened{.loop = {0}, .pid = 1, .tid = 1, .at_ns = kBegin, .comm = {}, .runtime = {}});
  apply(session, TaskSeen{{0}, {0}, TaskKind::Task, {"serve", "/srv/app.py", 5}, FrameRole::User});
  return session;
}

void read(Session& session, std::uint64_t number) {
  apply(session, iterations_of(kMillisecond + number, 1'000 + number));
  apply(session, TaskCoverageRead{{0}, {number * kReading, number, number}});
  apply(session, steps_of(0, 500'000 + number * 10));
  apply(session, StepHandled{{0}, {"get", "/srv/app.py", 9}, false, 500'000 + number * 10, {}, false});
  apply(session, ReadingEnded{kBegin + number * kReading});
}

Session with_readings(std::uint64_t n) {
  Session session = started();
  for (std::uint64_t i = 1; i <= n; ++i) read(session, i);
  return session;
}

template <class Block>
void check_order(const std::vector<Shared<Block>>& series, const BlockGrid& grid) {
  for (std::size_t i = 1; i < series.size(); ++i) CHECK(series[i - 1]->number < series[i]->number);
  if (!series.empty()) CHECK(series.back()->number < grid.spans.size());
}

void check_loop(const Session& session) {
  const Loop& loop = session.loops[0];
  check_order(loop.blocks, session.blocks);
  LoopCounters counters;
  TaskCoverage tasks;
  Buckets busy, own;
  for (const Shared<LoopBlock>& block : loop.blocks) {
    counters += block->counters;
    tasks += block->tasks;
    add(busy, block->busy);
    add(own, block->own);
  }
  CHECK(counters == loop.total);
  CHECK(tasks == loop.tasks);
  CHECK(busy == loop.busy.buckets());
  CHECK(own == loop.own.buckets());
}

void check_steps(const std::vector<Shared<TaskBlock>>& series, const TaskCounters& total) {
  TaskCounters counters;
  std::uint64_t count = 0;
  for (const Shared<TaskBlock>& block : series) {
    counters += block->counters;
    for (const BucketDelta& b : block->hold) count += b.count;
  }
  CHECK(counters == total);
  CHECK(count == total.steps);
}

}  // namespace

TEST_CASE("a reading ends a block, and what comes after it falls into the next one") {
  const Session s = with_readings(3);
  REQUIRE(s.blocks.spans.size() == 4);
  CHECK(s.blocks.spans[0] == BlockSpan{kBegin, kBegin + kReading});
  CHECK(s.blocks.spans[3] == BlockSpan{kBegin + 3 * kReading, kBegin + 3 * kReading});
  REQUIRE(s.loops[0].blocks.size() == 3);
  CHECK(s.loops[0].blocks[2]->number == 2);
  CHECK(s.loops[0].blocks[2]->own == Buckets{{ls_bucket(1'003), 1, 1'003}});
  CHECK(s.loops[0].blocks[2]->tasks == TaskCoverage{kReading, 1, 1});
}

TEST_CASE("readings that come too often share a block") {
  Session s = started();
  for (std::uint64_t i = 1; i <= 8; ++i) apply(s, ReadingEnded{kBegin + i * kReading / 4});
  REQUIRE(s.blocks.spans.size() == 3);
  CHECK(s.blocks.spans[1] == BlockSpan{kBegin + kReading, kBegin + 2 * kReading});
}

TEST_CASE("nothing is lost, and the blocks stay within their number") {
  for (const std::uint64_t n : {1U, 63U, 64U, 65U, 127U, 128U, 129U, 1000U, 5000U}) {
    CAPTURE(n);
    const Session s = with_readings(n);
    CHECK(s.blocks.spans.size() <= kBlocks);
    CHECK(s.blocks.spans.front().start_ns == kBegin);
    CHECK(s.blocks.spans.back().end_ns == kBegin + n * kReading);
    if (n > 100) CHECK(s.blocks.spans.size() > kBlocks / 2);
    check_loop(s);
    check_steps(s.tasks[0].blocks, s.tasks[0].total);
    check_steps(s.tasks[0].handlers[0].blocks, s.tasks[0].handlers[0].total);
    CHECK(s.blocks.task_buckets == count_task_buckets(s.tasks));
  }
}

TEST_CASE("a full grid's blocks are merged two by two") {
  const Session s = with_readings(64);
  CHECK(s.blocks.length_ns == 2 * kShortestBlockNs);
  REQUIRE(s.blocks.spans.size() == 33);
  CHECK(s.blocks.spans[31] == BlockSpan{kBegin + 62 * kReading, kBegin + 64 * kReading});
  CHECK(s.loops[0].blocks[31]->counters.iterations == 2);
}

TEST_CASE("a task that sleeps for a while has no blocks of that time") {
  Session s = with_readings(2);
  for (std::uint64_t i = 3; i <= 6; ++i) apply(s, ReadingEnded{kBegin + i * kReading});
  read(s, 7);
  REQUIRE(s.tasks[0].blocks.size() == 3);
  CHECK(s.tasks[0].blocks[2]->number == 6);
}

TEST_CASE("when there are too many tasks, those that held their loops least have no blocks") {
  Session s = started();
  constexpr std::uint32_t kTasks = 3000;
  for (std::uint32_t task = 0; task < kTasks; ++task)
    apply(s, TaskSeen{{task}, {0}, TaskKind::Task, {"t", "", task}, FrameRole::User});
  for (std::uint64_t reading = 1; reading <= 50; ++reading) {
    for (std::uint32_t task = 0; task < kTasks; ++task)
      for (std::uint32_t octave = 0; octave < 3; ++octave) apply(s, steps_of(task, (1000 + task) << octave));
    apply(s, ReadingEnded{kBegin + reading * kReading});
    REQUIRE(s.blocks.task_buckets <= kTaskBlockBuckets);
  }
  CHECK(s.blocks.task_buckets == count_task_buckets(s.tasks));
  CHECK(s.blocks.task_buckets > kTaskBlockBuckets / 2);
  CHECK(s.tasks[0].blocks_dropped);
  CHECK(s.tasks[0].blocks.empty());
  CHECK_FALSE(s.tasks[kTasks - 1].blocks_dropped);
  check_steps(s.tasks[kTasks - 1].blocks, s.tasks[kTasks - 1].total);
}
