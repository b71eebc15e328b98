#include "evidence/weights.h"

#include "catch.h"
#include "stacks.h"

using namespace loopstall;
using namespace loopstall::stacks;

namespace {

EvidenceSample on_cpu(std::uint64_t weight, const std::string& function) {
  EvidenceSample sample;
  sample.on_cpu = true;
  sample.weight_ns = weight;
  sample.cause.kind = CauseKind::Cpu;
  sample.stack = {app(function, 10)};
  return sample;
}

RawSample raw(SampleKind kind, std::uint64_t at, std::uint64_t length, std::uint64_t weight) {
  RawSample look;
  look.kind = kind;
  look.at_ns = at;
  look.length_ns = length;
  look.weight_ns = weight;
  return look;
}

}  // namespace

TEST_CASE("a look on the CPU saw what passed since the look before it, and no more than it stands for") {
  CHECK(cpu_seen({raw(SampleKind::Cpu, 1000, 0, 30), raw(SampleKind::Cpu, 1040, 0, 35)}) == 65);
  CHECK(cpu_seen({raw(SampleKind::Sleep, 1000, 50, 50), raw(SampleKind::Cpu, 1060, 0, 500)}) == 10);
  CHECK(cpu_seen({raw(SampleKind::Sleep, 1000, 50, 50)}) == 0);
}

TEST_CASE("one look between many sleeps does not tell whose the CPU time in all of them was") {
  const Stack handler = Stack{app("fsync_files", 30), app("route", 20)} + asyncio();
  const Stack server = Stack{app("run_asgi", 50)} + asyncio();
  std::vector<EvidenceSample> samples{computing(server, 16), asleep({CauseKind::File, "fsync", ""}, handler, 18)};
  const Split split{.cpu_ns = 22, .blocked_ns = 18};
  share_cpu_time(samples, 2, split);
  CHECK(samples[0].weight_ns == 4);
  CHECK(culprit_of(samples, split, 40).named().function == "fsync_files");
  add_unseen(samples, split);
  CHECK(samples.back().on_cpu);
  CHECK(samples.back().weight_ns == 18);
}

TEST_CASE("looks on the CPU share the CPU time in proportion; sleeps keep their length") {
  std::vector<EvidenceSample> samples{on_cpu(1, "a"), on_cpu(3, "b"), asleep({CauseKind::Timer, "", ""}, {}, 500)};
  Split split;
  split.cpu_ns = 1000;
  share_cpu_time(samples, 1000, split);
  CHECK(samples[0].weight_ns == 250);
  CHECK(samples[1].weight_ns == 750);
  CHECK(samples[2].weight_ns == 500);
}

TEST_CASE("a thread that never slept did what the looks show, however few they are") {
  std::vector<EvidenceSample> samples{on_cpu(10, "a")};
  share_cpu_time(samples, 10, {.cpu_ns = 1000});
  CHECK(samples[0].weight_ns == 1000);
}

TEST_CASE("sleeps that claim more than the thread slept are scaled down, others stay") {
  std::vector<EvidenceSample> samples{on_cpu(5, "a"), asleep({CauseKind::Timer, "", ""}, {}, 300),
                                      asleep({CauseKind::Pipe, "", ""}, {}, 100)};
  Split split;
  split.blocked_ns = 200;
  fit_sleeps(samples, split);
  CHECK(samples[0].weight_ns == 5);
  CHECK(samples[1].weight_ns == 150);
  CHECK(samples[2].weight_ns == 50);
  split.blocked_ns = 1000;
  fit_sleeps(samples, split);
  CHECK(samples[1].weight_ns == 150);
}

TEST_CASE("looks without any weight share nothing") {
  std::vector<EvidenceSample> samples{on_cpu(0, "a")};
  Split split;
  split.cpu_ns = 1000;
  share_cpu_time(samples, 0, split);
  CHECK(samples[0].weight_ns == 0);
}

TEST_CASE("the run queue's part that the quota explains is throttling") {
  std::vector<CauseShare> causes{{{CauseKind::RunQueue, "", ""}, 70}, {{CauseKind::Cpu, "", ""}, 30}};
  SECTION("a part of it") {
    split_throttled(causes, 50);
    CHECK(causes == std::vector<CauseShare>{{{CauseKind::Throttled, "", ""}, 50},
                                            {{CauseKind::Cpu, "", ""}, 30},
                                            {{CauseKind::RunQueue, "", ""}, 20}});
  }
  SECTION("never more than there is") {
    split_throttled(causes, 5000);
    CHECK(causes == std::vector<CauseShare>{{{CauseKind::Throttled, "", ""}, 70}, {{CauseKind::Cpu, "", ""}, 30}});
  }
  SECTION("none") {
    split_throttled(causes, 0);
    CHECK(causes.size() == 2);
  }
}

TEST_CASE("time that no look stands for has a sample without a stack, if it is more than a hundredth") {
  std::vector<EvidenceSample> samples{on_cpu(300, "a"), asleep({CauseKind::Timer, "", ""}, {}, 595)};
  Split split;
  split.cpu_ns = 400;
  split.blocked_ns = 600;
  add_unseen(samples, split);
  REQUIRE(samples.size() == 3);
  CHECK(samples[2].on_cpu);
  CHECK(samples[2].weight_ns == 100);
  CHECK(samples[2].stack.empty());
}

TEST_CASE("equal looks are one, with the sum of their weights and the first one's time") {
  std::vector<EvidenceSample> samples{on_cpu(1, "a"), on_cpu(2, "b"), on_cpu(4, "a")};
  samples[0].at_ns = 5;
  samples[2].at_ns = 9;
  merge_equal(samples);
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].weight_ns == 5);
  CHECK(samples[0].at_ns == 5);
  CHECK(samples[1].weight_ns == 2);
}

TEST_CASE("looks with another cause or holder are not equal") {
  std::vector<EvidenceSample> samples{asleep({CauseKind::Gil, "futex", ""}, {app("a", 1)}, 1),
                                      asleep({CauseKind::Gil, "futex", ""}, {app("a", 1)}, 2),
                                      asleep({CauseKind::Lock, "futex", ""}, {app("a", 1)}, 4)};
  samples[1].holder = {app("worker", 3)};
  merge_equal(samples);
  CHECK(samples.size() == 3);
}
