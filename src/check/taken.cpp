#include "check/taken.h"

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "probes/clock_sample.h"

namespace loopstall::check {
namespace {

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }

std::uint64_t samples_in(const Split& split) { return split.user_samples + split.kernel_samples; }

constexpr std::uint64_t kUsualSampleNs = 8'000'000;  // those that count for the loop come every 3 to 9 ms

bool has_samples(const Split& loop) { return loop.cpu_ns > 0 && samples_in(loop) * kUsualSampleNs >= loop.cpu_ns; }

// A spacing lasts half as long to one and a half times as long as it is called, and the timer is late besides.
constexpr double kLongest = 1.5, kLateNs = 30e3;
constexpr double kFineNs = LS_FINE_NS + kLateNs, kLongNs = LS_SLOW_NS + kLateNs;
// Each time on the CPU ends without a sample; on the run queue it was for a millisecond or more in between.
constexpr double kUnsampledNs = kLongest * LS_FINE_NS;

// The latest age of the first sample of those that come often.
double first_ns(std::uint64_t evidence_ns) {
  return LS_OLD_NS + kLongest * static_cast<double>(ls_coarse_ns(evidence_ns));
}

// CPU time that passed before the spacing grew, at least: what the thread did not run for may have been then.
double young_ns(const Stall& stall, double first) {
  const auto off = static_cast<double>(less(stall.busy_ns, stall.split.cpu_ns));
  return std::max(0.0, LS_LONG_NS - first - off);
}

// How many samples there can be at most where so many are usual: n of spacings that are even between a half and one and
// a half deviate by sqrt(n / 12). Three times that is exceeded once in 700 stalls.
double at_most(double n) { return n + 3 * std::sqrt(n / 12); }

// What a thread computes at most while so many samples are taken.
double sampled_ns(const Split& split, double first, double young) {
  const double samples = at_most(static_cast<double>(samples_in(split) + 1));
  const double fine = std::min(samples, young / kFineNs);
  const auto preempted = static_cast<double>(split.runqueue_ns / kMillisecond);
  return first + fine * kFineNs + (samples - fine) * kLongNs + preempted * kUnsampledNs;
}

// What was taken while the iteration was young left room for samples further apart: then it was half of what is
// missing.
std::uint64_t unsampled_ns(const Stall& stall, std::uint64_t evidence_ns) {
  const double first = first_ns(evidence_ns), young = young_ns(stall, first);
  const double missing = std::max(0.0, static_cast<double>(stall.split.cpu_ns) - sampled_ns(stall.split, first, young));
  const double in_doubt = stall.busy_ns > LS_LONG_NS ? std::min(missing / 2, young) : 0;
  return static_cast<std::uint64_t>(missing - in_doubt);
}

}  // namespace

std::uint64_t taken_by_machine(const Stall& stall, const LoopCounters& loop, std::uint64_t evidence_ns) {
  const Split& split = stall.split;
  const std::uint64_t unbooked = less(stall.busy_ns, split.cpu_ns + split.blocked_ns + split.runqueue_ns);
  const bool computed = 4 * split.blocked_ns < split.cpu_ns;
  return unbooked + (computed && has_samples(loop.split) ? unsampled_ns(stall, evidence_ns) : 0);
}

}  // namespace loopstall::check
