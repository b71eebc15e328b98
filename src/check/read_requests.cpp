#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/units.h"
#include "check/own_bounds.h"
#include "check/reading.h"
#include "report/text_units.h"

namespace loopstall::check {
namespace {

// The requests of all names that a rule means.
struct Named {
  Histogram hold;
  std::uint64_t count = 0;
  std::uint64_t nameless = 0;  // there was no room for their names
};

Named named(const Rule& rule, const Measured& measured) {
  Named sum;
  for (const MeasuredRequest& request : measured.requests) {
    if (request.row.name.protocol == Protocol::Other) sum.nameless += request.row.count;
    if (!matches(rule.where, request)) continue;
    const Distribution& hold = request.row.hold;
    sum.hold += Histogram::from(hold.buckets, hold.min_ns, hold.max_ns);
    sum.count += request.row.count;
  }
  return sum;
}

// A read that tells no request may hold any number of them.
Reading read_count(const Rule& rule, const Named& requests, const Measured& measured) {
  Reading reading = exactly(static_cast<double>(requests.count), requests.count);
  const RequestReads& reads = measured.request_reads;
  if (!rule.where.empty() && requests.nameless) {
    reading.most += static_cast<double>(requests.nameless);
    reading.doubt = fmt::format("there was no room for the names of {} more", format_count(requests.nameless));
  }
  if (!reads.encrypted && !reads.not_told) return reading;
  reading.most = std::numeric_limits<double>::infinity();
  reading.doubt = fmt::format("{} were encrypted, and {} not told", counted(reads.encrypted, "read"),
                              counted(reads.not_told, "read"));
  return reading;
}

// Of time on the run queue it is only known how much their loops had, in all.
Reading read_hold(const Rule& rule, const Histogram& hold, const Measured& measured) {
  Reading reading = exactly(statistic_of(rule, hold), hold.count());
  if (rule.time == TimeBasis::Busy || !hold.count()) return reading;
  const std::uint64_t out = std::min(measured.runqueue_ns, hold.sum_ns());
  reading.doubt = fmt::format("their loops were on the run queue for {}, and for how much of it they were is not known",
                              format_duration(measured.runqueue_ns));
  if (rule.statistic == Statistic::Sum || rule.statistic == Statistic::Mean) {
    reading.least -= static_cast<double>(out) / (rule.statistic == Statistic::Sum ? 1 : static_cast<double>(reading.n));
    return reading;
  }
  const double q = quantile_of(rule);
  reading.value = reading.most = std::min(reading.value, most_quantile(measured, q, reading.n));
  reading.least = std::min(reading.value, least_quantile(hold, q, out));
  return reading;
}

std::string why_none(const Rule& rule, const Named& requests) {
  if (requests.count) return "how long these held the loop can not be told from the reads";
  return rule.where.empty() ? "no request was read" : "no request of this name was read";
}

}  // namespace

Reading read_requests(const Rule& rule, const Measured& measured) {
  const Named requests = named(rule, measured);
  const bool counts = rule.statistic == Statistic::Count;
  Reading reading = counts ? read_count(rule, requests, measured) : read_hold(rule, requests.hold, measured);
  if (!counts && !requests.hold.count()) reading.missing = why_none(rule, requests);
  if (!measured.request_reads.measured)
    reading.missing = "requests were not looked at: it takes --requests, and Linux 6.3";
  for (const BucketDelta& b : requests.hold.buckets())
    if (!holds(rule.compare, ratio(b.sum_ns, b.count), rule.limit)) reading.breaking += b.count;
  return reading;
}

}  // namespace loopstall::check
