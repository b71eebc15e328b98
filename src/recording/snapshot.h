// What the draining thread hands over at a flush: a copy of the session, but of each timeline only the points that
// the file may not have yet. A timeline is nearly all of a session (up to 2 MB a loop); its points never change
// but for the last one, until neighbours are merged and all change. A task that has not changed since the previous
// snapshot is shared with it: there may be 10,000, and a writer keeps three snapshots.
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

using SharedTasks = std::vector<Shared<Task>>;  // index == TaskId.value

struct Snapshot {
  Session session;  // without timelines and tasks
  SharedTasks tasks;
  std::vector<TimelineTail> tails;  // index == LoopId.value
  bool finished = false;
};

// What a file holds.
struct Stored {
  Session session;  // without timelines and tasks
  SharedTasks tasks;
  TimelineMarks timelines;
};

// The first point that has to be written to a file that holds `stored` of the timeline that `now` marks.
std::size_t first_unstored(const TimelineMarks& stored, std::size_t loop, const TimelineMark& now);

// previous: the tasks of the snapshot before.
Snapshot take_snapshot(const Session& session, const TimelineMarks& stored, bool finished,
                       const SharedTasks& previous = {});

// What both files are known to hold.
TimelineMarks common(const TimelineMarks& a, const TimelineMarks& b);

}  // namespace loopstall
