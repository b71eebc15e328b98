#include "report/html_timeline.h"

#include <map>

namespace loopstall {
namespace {

constexpr std::size_t kPoints = 4800;  // of all loops together, some 120 bytes each: half a megabyte
constexpr std::uint32_t kPerRow = 16;  // buckets; a row of the heat map is a quarter of an octave

std::vector<TimelinePoint> merged(const std::vector<TimelinePoint>& points, std::size_t at_once) {
  std::vector<TimelinePoint> out;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i % at_once == 0) {
      out.push_back(points[i]);
      continue;
    }
    out.back().end_ns = points[i].end_ns;
    out.back().counters += points[i].counters;
    out.back().busy += points[i].busy;
  }
  return out;
}

// [row, iterations, row, iterations, ...]
Json heat_json(const Histogram& busy) {
  std::map<std::uint32_t, std::uint64_t> rows;
  for (const BucketDelta& b : busy.buckets()) rows[b.bucket / kPerRow] += b.count;
  Json json = Json::array();
  for (const auto& [row, count] : rows) {
    json.push_back(row);
    json.push_back(count);
  }
  return json;
}

// Lower edges of all rows, and the end of the last.
Json row_edges() {
  Json edges = Json::array();
  for (std::uint32_t bucket = 0; bucket < kBuckets; bucket += kPerRow) edges.push_back(bucket_low_ns(bucket));
  edges.push_back(2 * bucket_low_ns(kBuckets - 4 * kPerRow));
  return edges;
}

template <class Value>
Json column(const std::vector<TimelinePoint>& points, Value value) {
  Json json = Json::array();
  for (const TimelinePoint& point : points) json.push_back(value(point));
  return json;
}

}  // namespace

std::size_t points_at_once(const Summary& summary) {
  std::size_t points = 0;
  for (const LoopSummary& loop : summary.loops) points += loop.loop.timeline.size();
  return points / kPoints + 1;
}

Json html_timeline_json(const Loop& loop, const SessionInfo& info, std::size_t at_once) {
  using Point = TimelinePoint;
  const std::vector<Point> points = merged(loop.timeline, at_once);
  const auto offset = [&](std::uint64_t ns) { return static_cast<std::int64_t>(ns - info.start_ns); };
  const auto counter = [&](std::uint64_t LoopCounters::*member) {
    return column(points, [member](const Point& p) { return p.counters.*member; });
  };
  const auto part = [&](std::uint64_t Split::*member) {
    return column(points, [member](const Point& p) { return p.counters.split.*member; });
  };
  return {{"start_offset_ns", column(points, [&](const Point& p) { return offset(p.start_ns); })},
          {"end_offset_ns", column(points, [&](const Point& p) { return offset(p.end_ns); })},
          {"iterations", counter(&LoopCounters::iterations)},
          {"busy_ns", counter(&LoopCounters::busy_ns)},
          {"idle_ns", counter(&LoopCounters::idle_ns)},
          {"stalls", counter(&LoopCounters::stalls)},
          {"cpu_ns", part(&Split::cpu_ns)},
          {"blocked_ns", part(&Split::blocked_ns)},
          {"runqueue_ns", part(&Split::runqueue_ns)},
          {"p99_ns", column(points, [](const Point& p) { return p.busy.quantile_ns(0.99); })},
          {"heat", column(points, [](const Point& p) { return heat_json(p.busy); })},
          {"heat_edges_ns", row_edges()}};
}

}  // namespace loopstall
