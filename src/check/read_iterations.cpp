#include <algorithm>
#include <map>

#include "check/reading.h"

namespace loopstall::check {
namespace {

// Below this it makes no difference, and is within what the clocks themselves are apart.
constexpr std::uint64_t kWorthTellingNs = 50'000;
constexpr std::uint64_t kShortLoopNs = 1'000'000'000;

Histogram merged(const Rule& rule, const Measured& measured) {
  Histogram all;
  for (const MeasuredLoop& loop : measured.loops)
    if (matches(rule.where, loop)) all += rule.time == TimeBasis::Own ? loop.loop.own : loop.loop.busy;
  return all;
}

std::vector<const MeasuredStall*> stalls_of(const Rule& rule, const Measured& measured) {
  std::vector<const MeasuredStall*> stalls;
  for (const MeasuredStall& stall : measured.stalls)
    if (matches(rule.where, measured.loops[stall.loop])) stalls.push_back(&stall);
  return stalls;
}

std::uint64_t time_of(const Rule& rule, const MeasuredStall& stall) {
  return rule.time == TimeBasis::Own ? stall.own_ns : stall.busy_ns;
}

// The bucket that holds ns.
std::vector<BucketDelta>::iterator bucket_with(std::vector<BucketDelta>& buckets, std::uint64_t ns) {
  const auto after =
      std::upper_bound(buckets.begin(), buckets.end(), ns,
                       [](std::uint64_t value, const BucketDelta& b) { return value < bucket_low_ns(b.bucket); });
  return after == buckets.begin() ? buckets.end() : std::prev(after);
}

// Without what the machine took of the stalls: of shorter iterations it is not known.
Histogram less_taken(const Histogram& all, const std::vector<const MeasuredStall*>& stalls) {
  std::vector<BucketDelta> buckets = all.buckets();
  Histogram lowered;
  bool longest_stays = true;
  for (const MeasuredStall* stall : stalls) {
    if (stall->taken_ns < kWorthTellingNs) continue;
    const auto bucket = bucket_with(buckets, stall->booked_own_ns);
    if (bucket == buckets.end() || !bucket->count) continue;
    bucket->sum_ns -= bucket->sum_ns / bucket->count;
    if (--bucket->count == 0) bucket->sum_ns = 0;
    lowered.record(stall->own_ns);
    longest_stays = longest_stays && stall->booked_own_ns < all.max_ns();
  }
  if (!lowered.count()) return all;
  Histogram rest;
  for (const BucketDelta& bucket : buckets) rest.add(bucket);
  rest += lowered;
  rest.widen(all.min_ns(), longest_stays ? all.max_ns() : rest.max_ns());
  return rest;
}

std::uint64_t breaking(const Rule& rule, const Histogram& all) {
  std::uint64_t n = 0;
  for (const BucketDelta& b : all.buckets())
    if (!holds(rule.compare, static_cast<double>(b.sum_ns / std::max<std::uint64_t>(b.count, 1)), rule.limit))
      n += b.count;
  return n;
}

// Who may be meant by a long iteration: those of its length and more.
std::vector<std::size_t> offenders_of(const Rule& rule, const Measured& measured,
                                      const std::vector<const MeasuredStall*>& stalls, double from_ns) {
  std::vector<std::size_t> offenders;
  for (const MeasuredStall* stall : stalls)
    if (stall->offender && static_cast<double>(time_of(rule, *stall)) >= from_ns &&
        std::find(offenders.begin(), offenders.end(), *stall->offender) == offenders.end())
      offenders.push_back(*stall->offender);
  return by_time(measured, offenders);
}

bool is_ignored(const Measured& measured, const MeasuredStall& stall) {
  return stall.offender && measured.offenders[*stall.offender].ignored;
}

// Of those that no [[ignore]] excuses.
Histogram as_long_as_a_stall(const Rule& rule, const Measured& measured,
                             const std::vector<const MeasuredStall*>& stalls) {
  Histogram long_ones;
  for (const MeasuredStall* stall : stalls)
    if (const std::uint64_t ns = time_of(rule, *stall); ns >= measured.threshold_ns && !is_ignored(measured, *stall))
      long_ones.record(ns);
  return long_ones;
}

// Stalls that are in the histogram, but not among those that were kept: recordings with a higher threshold, and those
// with more stalls than there was room for.
std::uint64_t not_kept(const Rule& rule, const Measured& measured, const std::vector<const MeasuredStall*>& stalls) {
  const Histogram all = merged(rule, measured);
  std::uint64_t counted = 0, kept = 0;
  for (const BucketDelta& b : all.buckets())
    if (bucket_low_ns(b.bucket) >= measured.threshold_ns) counted += b.count;
  for (const MeasuredStall* stall : stalls) {
    const std::uint64_t ns = rule.time == TimeBasis::Own ? stall->booked_own_ns : stall->busy_ns;
    kept += ns >= measured.threshold_ns ? 1 : 0;
  }
  return counted - std::min(counted, kept);
}

double per_iteration(const Rule& rule, const Measured& measured, std::uint64_t n) {
  return ratio(n, merged(rule, measured).count());
}

}  // namespace

Reading read_iterations(const Rule& rule, const Measured& measured) {
  const auto stalls = stalls_of(rule, measured);
  const Histogram counted = merged(rule, measured);
  const Histogram all = rule.time == TimeBasis::Own ? less_taken(counted, stalls) : counted;
  Reading reading = exactly(statistic_of(rule, all), all.count());
  if (!all.count()) reading.missing = "no iteration of such a loop was seen";
  reading.breaking = breaking(rule, all);
  reading.offenders = offenders_of(rule, measured, stalls, rule.limit);
  return reading;
}

Reading read_stalls(const Rule& rule, const Measured& measured) {
  const auto stalls = stalls_of(rule, measured);
  const Histogram all = as_long_as_a_stall(rule, measured, stalls);
  const std::uint64_t n = all.count() + not_kept(rule, measured, stalls);
  Reading reading = exactly(statistic_of(rule, all), n);
  if (rule.statistic == Statistic::Count) reading = exactly(static_cast<double>(n), n);
  if (rule.statistic == Statistic::Share) reading = exactly(per_iteration(rule, measured, n), n);
  if (!measured.iterations) reading.missing = "no iteration was seen";
  reading.breaking = n;
  reading.offenders = offenders_of(rule, measured, stalls, static_cast<double>(measured.threshold_ns));
  std::erase_if(reading.offenders, [&](std::size_t i) { return measured.offenders[i].ignored != nullptr; });
  return reading;
}

// Of the busiest one. A loop that lived for less than a second (a test run makes a hundred of them) says little about
// utilization; where all are such, they are taken together.
Reading read_loops(const Rule& rule, const Measured& measured) {
  double busiest = 0;
  LoopCounters all;
  std::uint64_t n = 0;
  for (const MeasuredLoop& loop : measured.loops) {
    if (!matches(rule.where, loop)) continue;
    ++n;
    const LoopCounters& total = loop.loop.total;
    all += total;
    const std::uint64_t watched = total.busy_ns + total.idle_ns;
    const std::uint64_t out = rule.time == TimeBasis::Own ? std::min(total.busy_ns, total.split.runqueue_ns) : 0;
    if (watched >= kShortLoopNs) busiest = std::max(busiest, ratio(total.busy_ns - out, watched));
  }
  const std::uint64_t out = rule.time == TimeBasis::Own ? std::min(all.busy_ns, all.split.runqueue_ns) : 0;
  if (busiest == 0) busiest = ratio(all.busy_ns - out, all.busy_ns + all.idle_ns);
  Reading reading = exactly(busiest, n);
  if (rule.statistic == Statistic::Count) reading = exactly(static_cast<double>(n), n);
  if (rule.statistic == Statistic::Iterations) reading = exactly(static_cast<double>(all.iterations), n);
  if (rule.statistic == Statistic::Stalls) {
    Rule stalls = rule;
    stalls.statistic = Statistic::Count;
    reading = read_stalls(stalls, measured);
  }
  if (!n && rule.statistic != Statistic::Count) reading.missing = "no such loop was seen";
  return reading;
}

}  // namespace loopstall::check
