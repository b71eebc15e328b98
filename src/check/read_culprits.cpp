#include <fmt/format.h>

#include <algorithm>

#include "check/reading.h"

namespace loopstall::check {
namespace {

struct Found {
  Histogram all;
  std::vector<std::size_t> offenders;
};

Found find(const Rule& rule, const Measured& measured) {
  Found found;
  for (std::size_t i = 0; i < measured.offenders.size(); ++i) {
    const Offender& offender = measured.offenders[i];
    if (offender.ignored || !matches(rule.where, offender)) continue;
    found.offenders.push_back(i);
    for (const Blamed& stall : offender.stalls)
      found.all.record(rule.time == TimeBasis::Own ? stall.own_ns : stall.busy_ns);
  }
  return found;
}

bool asks_for_blocking(const Rule& rule) {
  return std::any_of(rule.where.begin(), rule.where.end(), [](const Selector& s) {
    return s.key == "cause" && !s.negated && (s.pattern.is_word("syscall") || s.pattern.is_word("blocking_call"));
  });
}

// Stalls of which nobody knows whose they were, and which may be among those that the rule means: what slept for less
// than half of its time did not block in a call.
std::uint64_t unknown(const Rule& rule, const Measured& measured) {
  const bool blocking = asks_for_blocking(rule);
  const auto may_be = [&](const MeasuredStall& stall) {
    return stall.look_lost && (!blocking || 2 * stall.blocked_ns >= stall.own_ns);
  };
  return static_cast<std::uint64_t>(std::count_if(measured.stalls.begin(), measured.stalls.end(), may_be)) +
         measured.stalls_not_kept;
}

}  // namespace

Reading read_culprits(const Rule& rule, const Measured& measured) {
  const Found found = find(rule, measured);
  const std::uint64_t lost = unknown(rule, measured);
  Reading reading = exactly(statistic_of(rule, found.all), found.all.count());
  if (rule.statistic == Statistic::Count) reading.most += static_cast<double>(lost);
  if (rule.statistic == Statistic::Share) {
    reading.value = reading.least = ratio(found.all.count(), measured.iterations);
    reading.most = ratio(found.all.count() + lost, measured.iterations);
  }
  reading.doubt = fmt::format("the evidence of {} more stalls was lost", lost);
  if (!measured.iterations) reading.missing = "no iteration was seen";
  reading.offenders = by_time(measured, found.offenders);
  return reading;
}

}  // namespace loopstall::check
