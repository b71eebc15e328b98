#include "report/json_parts.h"
#include "report/wall_clock.h"

namespace loopstall {
namespace {

Json buckets_json(const std::vector<BucketDelta>& buckets) {
  Json array = Json::array();
  for (const BucketDelta& b : buckets) array.push_back(Json::array({bucket_low_ns(b.bucket), b.count, b.sum_ns}));
  return array;
}

Json json_of(const TimelinePoint& point, const SessionInfo& info) {
  const LoopCounters& counters = point.counters;
  return {{"start_ns", epoch_ns(info, point.start_ns)},
          {"end_ns", epoch_ns(info, point.end_ns)},
          {"iterations", counters.iterations},
          {"busy_ns", counters.busy_ns},
          {"idle_ns", counters.idle_ns},
          {"events", counters.events},
          {"stalls", counters.stalls},
          {"discarded", counters.discarded},
          {"busy_p50_ns", point.busy.quantile_ns(0.5)},
          {"busy_p99_ns", point.busy.quantile_ns(0.99)},
          {"split", json_of(counters.split, counters.busy_ns)}};
}

Json timeline_json(const Loop& loop, const SessionInfo& info) {
  Json array = Json::array();
  for (const TimelinePoint& point : loop.timeline) array.push_back(json_of(point, info));
  return array;
}

}  // namespace

Json json_of(const Distribution& d) {
  return {{"count", d.count},   {"sum_ns", d.sum_ns},   {"min_ns", d.min_ns},
          {"max_ns", d.max_ns}, {"p50_ns", d.p50_ns},   {"p90_ns", d.p90_ns},
          {"p99_ns", d.p99_ns}, {"p999_ns", d.p999_ns}, {"buckets", buckets_json(d.buckets)}};
}

Json facts_of(const LoopSummary& summary, const SessionInfo& info) {
  const Loop& loop = summary.loop;
  return {{"pid", loop.pid},
          {"tid", loop.tid},
          {"comm", loop.comm},
          {"runtime", loop.runtime},
          {"tier", tier_name(loop.tier)},
          {"tier_reason", text_or_null(loop.tier_reason)},
          {"wait", wait_name(loop.wait)},
          {"first_seen_ns", epoch_ns(info, loop.seen_ns)},
          {"closed_ns", loop.closed_ns ? Json(epoch_ns(info, loop.closed_ns)) : Json(nullptr)},
          {"watched_ns", summary.watched_ns},
          {"iterations", loop.total.iterations},
          {"iterations_per_s", summary.iterations_per_s},
          {"stalls", loop.total.stalls},
          {"discarded", loop.total.discarded},
          {"idle_ns", loop.total.idle_ns},
          {"utilization", summary.utilization},
          {"events", loop.total.events},
          {"events_per_wait", summary.events_per_wait},
          {"busy", json_of(summary.busy)},
          {"own", json_of(summary.own)},
          {"split", json_of(loop.total.split, loop.total.busy_ns)},
          {"arrival", arrival_json(summary)},
          {"queue", queue_json(summary)},
          {"tasks", coverage_json(summary)}};
}

Json json_of(const LoopSummary& summary, const SessionInfo& info) {
  Json json = facts_of(summary, info);
  json["timeline"] = timeline_json(summary.loop, info);
  return json;
}

Json unconfirmed_json(const LoopSummary& summary) {
  const Loop& loop = summary.loop;
  return {{"pid", loop.pid},
          {"tid", loop.tid},
          {"comm", loop.comm},
          {"wait", wait_name(loop.wait)},
          {"reason", loop.unconfirmed_reason},
          {"iterations", loop.total.iterations}};
}

}  // namespace loopstall
