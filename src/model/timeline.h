// A loop's history in at most kTimelinePoints points. Each second's readings make a point; when there is no room for
// one more, neighbours are merged, and from then on a point takes twice as many readings. So a point is never more than
// 1/300 of the session long, and the same readings always give the same points.
#pragma once

#include "model/session.h"

namespace loopstall {

// `point` holds one reading. Its start is set here: it is where the last point ended, `begin_ns` for the first.
void add_to_timeline(std::vector<TimelinePoint>& timeline, TimelinePoint point, std::uint64_t begin_ns);

}  // namespace loopstall
