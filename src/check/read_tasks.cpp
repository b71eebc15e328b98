#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "check/reading.h"

namespace loopstall::check {
namespace {

// A bucket is a 64th of an octave: no value in it exceeds its mean by more.
constexpr double kBucketError = 1 + 1.0 / 64;

// The steps of all tasks that a rule means.
struct Steps {
  Histogram hold;
  TaskCounters total;
  double share = 0;
};

Steps steps_of(const Rule& rule, const Measured& measured) {
  Steps steps;
  for (const MeasuredTask& task : measured.tasks) {
    if (!matches(rule.where, task)) continue;
    const Distribution& hold = task.row.hold;
    steps.hold += Histogram::from(hold.buckets, hold.min_ns, hold.max_ns);
    steps.total += task.row.total;
    steps.share = std::max(steps.share, task.row.share);
  }
  return steps;
}

// How much time must be taken off the steps so that only `allowed` of them last longer than `ns`: off the cheapest.
double cost(const Histogram& hold, double ns, std::uint64_t allowed) {
  std::uint64_t longer = 0;
  for (const BucketDelta& b : hold.buckets())
    if (ratio(b.sum_ns, b.count) > ns) longer += b.count;
  std::uint64_t to_shorten = longer - std::min(longer, allowed);
  double sum = 0;
  for (const BucketDelta& b : hold.buckets()) {
    const double mean = ratio(b.sum_ns, b.count);
    if (mean <= ns) continue;
    const std::uint64_t n = std::min(to_shorten, b.count);
    sum += static_cast<double>(n) * (mean - ns);
    to_shorten -= n;
  }
  return sum;
}

// The run queue's part is known of all steps together, not of each. So the least that the quantile of own time can be
// is where all of that part was among the steps around it.
double least_quantile(const Histogram& hold, double q, std::uint64_t runqueue_ns) {
  const double n = static_cast<double>(hold.count());
  const auto allowed = static_cast<std::uint64_t>(std::floor((1 - q) * n));
  double low = 0, high = static_cast<double>(hold.quantile_ns(q));
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (cost(hold, middle, allowed) <= static_cast<double>(runqueue_ns) ? high : low) = middle;
  }
  return high;
}

// The most that the quantile of own time can be: a step that long lies in an iteration at least as long, and two of
// them in one of twice the length.
double most_quantile(const Histogram& iterations, double q, std::uint64_t n) {
  const auto allowed = static_cast<std::uint64_t>(std::floor((1 - q) * static_cast<double>(n)));
  const auto steps_of = [&](double ns) {
    std::uint64_t steps = 0;
    for (const BucketDelta& b : iterations.buckets())
      steps += b.count * static_cast<std::uint64_t>(ratio(b.sum_ns, b.count) * kBucketError / ns);
    return steps;
  };
  double low = 1, high = static_cast<double>(iterations.max_ns()) * kBucketError + 1;
  for (int i = 0; i < 40; ++i) {
    const double middle = (low + high) / 2;
    (steps_of(middle) <= allowed ? high : low) = middle;
  }
  return high;
}

Histogram own_of_all(const Measured& measured) {
  Histogram own;
  for (const MeasuredLoop& loop : measured.loops) own += loop.loop.own;
  return own;
}

Reading read_hold(const Rule& rule, const Steps& steps, const Measured& measured) {
  Reading reading = exactly(statistic_of(rule, steps.hold), steps.hold.count());
  if (rule.time == TimeBasis::Busy || !steps.hold.count()) return reading;
  const std::uint64_t out = std::min(steps.total.split.runqueue_ns, steps.hold.sum_ns());
  const double own = static_cast<double>(steps.hold.sum_ns() - out);
  if (rule.statistic == Statistic::Sum) return exactly(own, reading.n);
  if (rule.statistic == Statistic::Mean) return exactly(own / static_cast<double>(reading.n), reading.n);
  const double q = rule.statistic == Statistic::Max ? 1 : rule.statistic == Statistic::Min ? 0 : rule.quantile;
  reading.value = reading.most = std::min(reading.value, most_quantile(own_of_all(measured), q, reading.n));
  reading.least = std::min(reading.value, least_quantile(steps.hold, q, out));
  reading.doubt = fmt::format(
      "these steps were on the run queue for {} in all, and for how much of it each was is not "
      "known",
      format_duration(out));
  return reading;
}

std::string why_none(const Rule& rule, const Measured& measured) {
  if (measured.tasks.empty()) return "no task steps were counted; loopstall doctor PID says why";
  return rule.where.empty() ? "no task was seen" : "no task of this name was seen";
}

// Stalls of the tasks' own handlers.
std::vector<std::size_t> offenders_of(const Rule& rule, const Measured& measured) {
  std::vector<std::size_t> offenders;
  for (std::size_t i = 0; i < measured.offenders.size(); ++i) {
    const Frame& handler = measured.offenders[i].culprit.handler;
    const Frame& frame = measured.offenders[i].culprit.named();
    for (const MeasuredTask& task : measured.tasks) {
      const SourceName& name = task.row.handler.name.empty() ? task.row.task.source : task.row.handler;
      const bool same = !name.name.empty() && (name.name == handler.function || name.name == frame.function);
      if (same && matches(rule.where, task)) {
        offenders.push_back(i);
        break;
      }
    }
  }
  return by_time(measured, offenders);
}

}  // namespace

Reading read_tasks(const Rule& rule, const Measured& measured) {
  const Steps steps = steps_of(rule, measured);
  Reading reading = read_hold(rule, steps, measured);
  if (rule.statistic == Statistic::Count) reading = exactly(static_cast<double>(steps.total.steps), steps.total.steps);
  if (rule.statistic == Statistic::Stalls)
    reading = exactly(static_cast<double>(steps.total.stalls), steps.total.steps);
  if (rule.statistic == Statistic::Share) reading = exactly(steps.share, steps.total.steps);
  if (rule.statistic == Statistic::Blame)
    reading = exactly(static_cast<double>(steps.total.blame.total_ns), steps.total.steps);
  if (!steps.total.steps && rule.statistic != Statistic::Count) reading.missing = why_none(rule, measured);
  if (measured.tasks.empty()) reading.missing = why_none(rule, measured);
  if (rule.statistic == Statistic::Blame && !measured_queues(measured))
    reading.missing = "queue delay was not measured: it takes --queue-delay";
  for (const BucketDelta& b : steps.hold.buckets())
    if (!holds(rule.compare, ratio(b.sum_ns, b.count), rule.limit)) reading.breaking += b.count;
  reading.offenders = offenders_of(rule, measured);
  return reading;
}

}  // namespace loopstall::check
