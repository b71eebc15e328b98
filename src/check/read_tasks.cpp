#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "check/own_bounds.h"
#include "check/reading.h"

namespace loopstall::check {
namespace {

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

Reading read_hold(const Rule& rule, const Steps& steps, const Measured& measured) {
  Reading reading = exactly(statistic_of(rule, steps.hold), steps.hold.count());
  if (rule.time == TimeBasis::Busy || !steps.hold.count()) return reading;
  const std::uint64_t out = std::min(steps.total.split.runqueue_ns, steps.hold.sum_ns());
  const double own = static_cast<double>(steps.hold.sum_ns() - out);
  if (rule.statistic == Statistic::Sum) return exactly(own, reading.n);
  if (rule.statistic == Statistic::Mean) return exactly(own / static_cast<double>(reading.n), reading.n);
  const double q = quantile_of(rule);
  reading.value = reading.most = std::min(reading.value, most_quantile(measured, q, reading.n));
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
