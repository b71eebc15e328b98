#include "check/taken.h"

#include <algorithm>
#include <random>

#include "base/units.h"
#include "catch.h"
#include "probes/clock_sample.h"

namespace loopstall::check {
namespace {

constexpr std::uint64_t us = kMicrosecond, ms = kMillisecond;

// The clock samples of a thread that computes for so long, as split.bpf.h takes them. A hypervisor may have the CPU for
// `pause` once in every `rhythm`: then the timer fires when it gives it back.
class Clock {
 public:
  explicit Clock(std::uint64_t evidence_ns) : coarse_(std::min<std::uint64_t>(LS_COARSE_NS, evidence_ns / 2)) {}

  std::uint64_t samples(std::uint64_t cpu, std::uint64_t pause, std::uint64_t rhythm) {
    std::uint64_t n = 0;
    for (std::uint64_t at = random(coarse_); (at = out_of_pause(at, pause, rhythm)) < cpu; at += next(at)) ++n;
    return n;
  }

 private:
  std::uint64_t random(std::uint64_t below) { return engine_() % below; }
  std::uint64_t about(std::uint64_t step) { return step / 2 + random(step); }
  std::uint64_t next(std::uint64_t age) {
    const std::uint64_t late = random(40 * us);
    if (age < coarse_ / 2) return late + coarse_ - age - random(coarse_ / 4);
    return late + about(age < LS_OLD_NS ? coarse_ : age < LS_LONG_NS ? LS_FINE_NS : LS_SLOW_NS);
  }
  static std::uint64_t out_of_pause(std::uint64_t at, std::uint64_t pause, std::uint64_t rhythm) {
    const std::uint64_t phase = at % rhythm;
    return phase >= rhythm - pause ? at + rhythm - phase : at;
  }

  std::uint64_t coarse_;
  std::mt19937_64 engine_{1};
};

struct Range {
  std::uint64_t least, most;
};

Range taken(std::uint64_t cpu, std::uint64_t evidence_ns, std::uint64_t pause = 0, std::uint64_t rhythm = kSecond) {
  Clock clock(evidence_ns);
  LoopCounters loop;
  loop.split = {.cpu_ns = kSecond, .user_samples = 300};
  Range range{cpu, 0};
  for (std::uint64_t i = 0; i < 1 + std::min<std::uint64_t>(300, 100 * kSecond / cpu); ++i) {
    const Split split{.cpu_ns = cpu, .user_samples = clock.samples(cpu, pause, rhythm)};
    const Stall stall{.loop = LoopId{0}, .busy_ns = cpu, .split = split};
    const std::uint64_t ns = taken_by_machine(stall, loop, evidence_ns);
    range = {std::min(range.least, ns), std::max(range.most, ns)};
  }
  return range;
}

const std::uint64_t kLengths[] = {20 * ms,  40 * ms,  63 * ms,     65 * ms,      80 * ms,      160 * ms,
                                  400 * ms, 800 * ms, 3 * kSecond, 20 * kSecond, 200 * kSecond};

}  // namespace

TEST_CASE("of a stall that nobody interrupted the machine took no more than a hundredth") {
  for (const std::uint64_t evidence : {2 * ms, 10 * ms})
    for (const std::uint64_t cpu : kLengths) {
      INFO(cpu / ms << " ms, looked at from " << evidence / ms << " ms on");
      CHECK(taken(cpu, evidence).most <= cpu / 100);
    }
}

TEST_CASE("what the machine took of a stall is seen for the most part, and never more") {
  for (const std::uint64_t cpu : kLengths) {
    if (cpu < 40 * ms) continue;
    INFO(cpu / ms << " ms, a half of it the hypervisor's");
    const Range range = taken(cpu, 2 * ms, 10 * ms, 20 * ms);
    CHECK(range.most <= cpu / 2 + cpu / 100);
    CHECK(range.least >= cpu / 2 / (cpu < 400 * ms ? 4 : 2));
    if (cpu >= 3 * kSecond) CHECK(range.least >= cpu / 2 * 8 / 10);
  }
}

}  // namespace loopstall::check
