// What the draining thread hands over at a flush: a copy of the session, but of each timeline only the points that
// the file may not have yet. A timeline is nearly all of a session (up to 2 MB a loop); its points never change
// but for the last one, until neighbours are merged and all change.
#pragma once

#include <vector>

#include "model/session.h"

namespace loopstall {

// How much of a loop's timeline is stored.
struct TimelineMark {
  std::size_t points = 0;
  std::uint32_t resolution = 0;  // readings a point, at the time
};
using TimelineMarks = std::vector<TimelineMark>;  // index == LoopId.value; a loop beyond the end is not stored yet

struct TimelineTail {
  TimelineMark mark;      // of the whole timeline
  std::size_t first = 0;  // index of points[0]
  std::vector<TimelinePoint> points;
};

struct Snapshot {
  Session session;                  // without timelines
  std::vector<TimelineTail> tails;  // index == LoopId.value
  bool finished = false;
};

// The first point that has to be written to a file that holds `stored` of the timeline that `now` marks.
std::size_t first_unstored(const TimelineMarks& stored, std::size_t loop, const TimelineMark& now);

Snapshot take_snapshot(const Session& session, const TimelineMarks& stored, bool finished);

// What both files are known to hold.
TimelineMarks common(const TimelineMarks& a, const TimelineMarks& b);

}  // namespace loopstall
