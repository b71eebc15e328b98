#include "model/timeline.h"

#include <algorithm>

#include "base/units.h"

namespace loopstall {
namespace {

// Readings come more often at first, for the blocks of time (model/block.h): those of a second are one.
constexpr std::uint64_t kShortestNs = 7 * kSecond / 8;

static_assert(kTimelinePoints % 2 == 0, "halve() leaves no half-filled point");

void merge(TimelinePoint& into, const TimelinePoint& next) {
  into.end_ns = std::max(into.end_ns, next.end_ns);
  into.counters += next.counters;
  into.busy += next.busy;
}

void halve(std::vector<TimelinePoint>& timeline) {
  for (std::size_t i = 0; i < timeline.size() / 2; ++i) {
    TimelinePoint pair = std::move(timeline[2 * i]);
    merge(pair, timeline[2 * i + 1]);
    pair.samples *= 2;
    timeline[i] = std::move(pair);
  }
  timeline.resize(timeline.size() / 2);
}

// All points but the last hold as many readings as the first.
bool is_full(const std::vector<TimelinePoint>& timeline) { return timeline.back().samples >= timeline.front().samples; }

}  // namespace

void add_to_timeline(std::vector<TimelinePoint>& timeline, TimelinePoint point, std::uint64_t begin_ns) {
  if (timeline.empty()) {
    point.start_ns = std::min(begin_ns, point.end_ns);
    return timeline.push_back(std::move(point));
  }
  TimelinePoint& last = timeline.back();
  // Two readings close together (a second's, and the session's last) belong to one point.
  const bool at_once = point.end_ns <= last.end_ns + (last.end_ns - last.start_ns) / 8 || last.end_ns == last.start_ns;
  const bool too_short = last.end_ns - last.start_ns < kShortestNs;
  if (at_once || too_short || !is_full(timeline)) {
    merge(last, point);
    last.samples += at_once || too_short ? 0 : 1;
    return;
  }
  point.start_ns = last.end_ns;
  if (timeline.size() == kTimelinePoints) halve(timeline);
  timeline.push_back(std::move(point));
}

}  // namespace loopstall
