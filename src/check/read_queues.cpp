#include "check/reading.h"

namespace loopstall::check {

bool measured_queues(const Measured& measured) {
  for (const MeasuredLoop& loop : measured.loops)
    if (loop.loop.queue.measured) return true;
  return false;
}

Reading read_queues(const Rule& rule, const Measured& measured) {
  Histogram delays;
  for (const MeasuredLoop& loop : measured.loops)
    if (matches(rule.where, loop)) delays += loop.loop.queue.delay;
  Reading reading = exactly(statistic_of(rule, delays), delays.count());
  if (!delays.count()) reading.missing = "no socket was read by such a loop";
  if (!measured_queues(measured))
    reading.missing = "queue delay was not measured: it takes --queue-delay; loopstall doctor says whether it can be";
  for (const BucketDelta& b : delays.buckets())
    if (!holds(rule.compare, ratio(b.sum_ns, b.count), rule.limit)) reading.breaking += b.count;
  return reading;
}

}  // namespace loopstall::check
