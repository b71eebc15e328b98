#include <numeric>

#include "catch.h"
#include "model/culprit.h"
#include "model/names.h"
#include "stacks.h"

using namespace loopstall;
using namespace loopstall::stacks;

namespace {

const Cause kFsync{.kind = CauseKind::File, .syscall = "fsync", .object = "/srv/db.sqlite"};
const Cause kRead{.kind = CauseKind::File, .syscall = "read", .object = "/srv/db.sqlite"};
const Cause kCpu{.kind = CauseKind::Cpu}, kRunQueue{.kind = CauseKind::RunQueue};

std::uint64_t sum(const std::vector<CauseShare>& causes) {
  return std::accumulate(causes.begin(), causes.end(), std::uint64_t{0}, [](auto n, auto& c) { return n + c.ns; });
}

}  // namespace

TEST_CASE("the split's parts, the blocked one by cause, largest first") {
  const auto causes = causes_of({asleep(kFsync, {}, 60), asleep(kRead, {}, 10), computing({}, 25)},
                                {.cpu_ns = 25, .blocked_ns = 70, .runqueue_ns = 5}, 100);
  CHECK(causes == std::vector<CauseShare>{{kFsync, 60}, {kCpu, 25}, {kRead, 10}, {kRunQueue, 5}});
}

TEST_CASE("what no look covers is unknown") {
  const auto causes = causes_of({asleep(kFsync, {}, 40)}, {.cpu_ns = 10, .blocked_ns = 70}, 100);
  CHECK(causes == std::vector<CauseShare>{{{}, 50}, {kFsync, 40}, {kCpu, 10}});
}

TEST_CASE("causes add up to busy time, whatever the looks and the split say") {
  for (std::uint64_t look : {0ULL, 1ULL, 33ULL, 70ULL, 1'000ULL, 1ULL << 50})
    for (std::uint64_t blocked : {0ULL, 1ULL, 70ULL, 200ULL})
      for (std::uint64_t busy : {1ULL, 100ULL, 1'000ULL}) {
        const auto causes = causes_of({asleep(kFsync, {}, look), asleep(kRead, {}, look / 3)},
                                      {.cpu_ns = 7, .blocked_ns = blocked, .runqueue_ns = 3}, busy);
        CHECK(sum(causes) == busy);
      }
  CHECK(causes_of({}, {}, 0).empty());
}

TEST_CASE("looks that claim more than the thread slept are scaled down, in proportion") {
  const auto causes = causes_of({asleep(kFsync, {}, 120), asleep(kRead, {}, 40)}, {.blocked_ns = 80}, 80);
  CHECK(causes == std::vector<CauseShare>{{kFsync, 60}, {kRead, 20}});
}

using Shares = std::vector<CauseShare>;

TEST_CASE(
    "the dominant cause is the kind with the largest sum, by its largest syscall, without an object that differs") {
  const Cause other_file{CauseKind::File, "read", "/srv/other"};
  CHECK(dominant_cause(Shares{{kCpu, 50}, {kFsync, 40}, {kRead, 30}}) == kFsync);
  CHECK(dominant_cause(Shares{{kCpu, 50}, {kFsync, 40}, {other_file, 30}}) == Cause{CauseKind::File, "fsync", ""});
  CHECK(dominant_cause(Shares{}) == Cause{});
}

TEST_CASE("where somebody is named, the machine is not the dominant cause") {
  Evidence evidence;
  evidence.causes = {{{CauseKind::RunQueue, "", ""}, 60}, {kCpu, 40}};
  CHECK(dominant_cause(evidence).kind == CauseKind::RunQueue);
  evidence.culprit.frame.function = "work";
  CHECK(dominant_cause(evidence) == kCpu);
}

TEST_CASE("the cause is what the culprit did, not what others did in the same stall") {
  const Stack both = Stack{app("pages", 30)} + asyncio();
  const Evidence e =
      evidence({asleep(kFsync, Stack{app("save", 12)} + both, 45), computing(Stack{app("sum", 20)} + both, 24),
                computing(Stack{app("sort", 20)} + both, 24)},
               {.cpu_ns = 48, .blocked_ns = 45}, 93);
  CHECK(e.culprit.named().function == "pages");
  CHECK(dominant_cause(e) == kCpu);
  const Evidence one = evidence({asleep(kFsync, Stack{app("save", 12)} + both, 52),
                                 asleep(kRead, Stack{app("load", 40)} + both, 30), computing(both, 20)},
                                {.cpu_ns = 20, .blocked_ns = 82}, 102);
  CHECK(one.culprit.named().function == "save");
  CHECK(dominant_cause(one) == kFsync);
  const Evidence two = evidence(
      {computing(Stack{app("sum", 20)} + asyncio(), 55), asleep(kRead, Stack{app("sum", 20)} + asyncio(), 20),
       asleep(kRead, Stack{app("load", 40)} + asyncio(), 60), computing(Stack{app("sum", 20)} + asyncio(), 10)},
      {.cpu_ns = 65, .blocked_ns = 80}, 145);
  CHECK(two.culprit.named().function == "sum");
  CHECK(dominant_cause(two.causes) == kRead);
  CHECK(dominant_cause(two) == kCpu);
}

TEST_CASE("where somebody is named who waited for the GIL as well, that is not what it did") {
  const Stack work = Stack{app("work", 20)} + asyncio();
  const Evidence e = evidence({computing(work, 30), asleep(kFsync, work, 25), gil_wait(work, {app("other", 5)}, 45)},
                              {.cpu_ns = 30, .blocked_ns = 70}, 100);
  CHECK(e.culprit.named().function == "work");
  CHECK(e.culprit.weight_ns == 55);
  CHECK(dominant_cause(e) == kCpu);
  const Evidence nobody =
      evidence({computing(work, 30), asleep(kFsync, {app("load", 40)}, 25), gil_wait(work, {app("other", 5)}, 45)},
               {.cpu_ns = 30, .blocked_ns = 70}, 100);
  CHECK_FALSE(nobody.culprit.known());
}

TEST_CASE("names go both ways, and an unknown one is the least claim") {
  for (int i = 0; i <= static_cast<int>(CauseKind::Other); ++i)
    CHECK(cause_from_name(cause_name(static_cast<CauseKind>(i))) == static_cast<CauseKind>(i));
  for (int i = 0; i <= static_cast<int>(Unnamed::NoHolder); ++i)
    CHECK(unnamed_from_name(unnamed_name(static_cast<Unnamed>(i))) == static_cast<Unnamed>(i));
  for (int i = 0; i <= static_cast<int>(FrameRole::Kernel); ++i)
    CHECK(frame_role_from_name(frame_role_name(static_cast<FrameRole>(i))) == static_cast<FrameRole>(i));
  CHECK(cause_from_name("magic") == CauseKind::Unknown);
  CHECK(unnamed_from_name("") == Unnamed::NoLook);
  CHECK(frame_role_from_name("?") == FrameRole::Library);
  CHECK(frame_kind_from_name("kernel") == FrameKind::Kernel);
  CHECK(cause_name(static_cast<CauseKind>(200)) == "unknown");
}
