#include "check/reading.h"

#include <algorithm>
#include <numeric>

namespace loopstall::check {

Reading read(const Rule& rule, const Measured& measured) {
  switch (rule.subject) {
    case Subject::Iteration:
      return read_iterations(rule, measured);
    case Subject::Stall:
      return read_stalls(rule, measured);
    case Subject::Loop:
      return read_loops(rule, measured);
    case Subject::Task:
      return read_tasks(rule, measured);
    case Subject::Culprit:
      return read_culprits(rule, measured);
    case Subject::Queue:
      return read_queues(rule, measured);
    case Subject::Request:
      return read_requests(rule, measured);
  }
  return {};
}

double statistic_of(const Rule& rule, const Histogram& h) {
  const auto of = [](std::uint64_t ns) { return static_cast<double>(ns); };
  switch (rule.statistic) {
    case Statistic::Quantile:
      return of(h.quantile_ns(rule.quantile));
    case Statistic::Min:
      return of(h.min_ns());
    case Statistic::Max:
      return of(h.max_ns());
    case Statistic::Mean:
      return ratio(h.sum_ns(), h.count());
    case Statistic::Sum:
      return of(h.sum_ns());
    default:
      return of(h.count());
  }
}

Reading exactly(double value, std::uint64_t n) { return {.value = value, .least = value, .most = value, .n = n}; }

std::vector<std::size_t> by_time(const Measured& measured, const std::vector<std::size_t>& offenders) {
  const auto time = [&](std::size_t i) {
    std::uint64_t sum = 0;
    for (const Blamed& stall : measured.offenders[i].stalls) sum += stall.own_ns;
    return sum;
  };
  std::vector<std::size_t> sorted = offenders;
  std::stable_sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) { return time(a) > time(b); });
  return sorted;
}

}  // namespace loopstall::check
