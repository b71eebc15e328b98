#include "recording/snapshot.h"

#include <algorithm>
#include <iterator>

namespace loopstall {
namespace {

// Member by member, for a plain copy would copy the timeline. The round-trip test sets every member.
Loop without_timeline(const Loop& l) {
  return {.id = l.id,
          .pid = l.pid,
          .tid = l.tid,
          .comm = l.comm,
          .runtime = l.runtime,
          .wait = l.wait,
          .tier = l.tier,
          .tier_reason = l.tier_reason,
          .confirmed = l.confirmed,
          .unconfirmed_reason = l.unconfirmed_reason,
          .seen_ns = l.seen_ns,
          .closed_ns = l.closed_ns,
          .total = l.total,
          .busy = l.busy,
          .own = l.own,
          .timeline = {},
          .stalls_not_kept = l.stalls_not_kept,
          .evidence_dropped = l.evidence_dropped,
          .handlers_not_kept = l.handlers_not_kept,
          .tasks = l.tasks,
          .stalls_not_grouped = l.stalls_not_grouped,
          .blocks = l.blocks,
          .queue = l.queue,
          .requests = l.requests};
}

Session without_large_parts(const Session& s) {
  Session copy{.info = s.info,
               .processes = s.processes,
               .loops = {},
               .stalls = s.stalls,
               .cost = s.cost,
               .lost = s.lost,
               .notes = s.notes,
               .groups = s.groups,
               .tasks = {},
               .blocks = s.blocks,
               .recordings = s.recordings,
               .requests = s.requests};
  std::transform(s.loops.begin(), s.loops.end(), std::back_inserter(copy.loops), without_timeline);
  return copy;
}

SharedTasks share(const std::vector<Task>& tasks, const SharedTasks& previous) {
  SharedTasks shared;
  shared.reserve(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const bool same = i < previous.size() && *previous[i] == tasks[i];
    shared.push_back(same ? previous[i] : Shared<Task>(tasks[i]));
  }
  return shared;
}

TimelineMark mark_of(const std::vector<TimelinePoint>& timeline) {
  return {timeline.size(), timeline.empty() ? 0 : timeline.front().samples};
}

TimelineTail tail_of(const std::vector<TimelinePoint>& timeline, const TimelineMarks& stored, std::size_t loop) {
  TimelineTail tail{.mark = mark_of(timeline), .first = 0, .points = {}};
  tail.first = first_unstored(stored, loop, tail.mark);
  tail.points.assign(timeline.begin() + static_cast<std::ptrdiff_t>(tail.first), timeline.end());
  return tail;
}

}  // namespace

std::size_t first_unstored(const TimelineMarks& stored, std::size_t loop, const TimelineMark& now) {
  if (loop >= stored.size() || stored[loop].resolution != now.resolution || !stored[loop].points) return 0;
  return std::min(stored[loop].points, now.points) - 1;  // the last one may have grown
}

Snapshot take_snapshot(const Session& session, const TimelineMarks& stored, bool finished,
                       const SharedTasks& previous) {
  Snapshot snapshot{.session = without_large_parts(session),
                    .tasks = share(session.tasks, previous),
                    .tails = {},
                    .finished = finished};
  for (std::size_t i = 0; i < session.loops.size(); ++i)
    snapshot.tails.push_back(tail_of(session.loops[i].timeline, stored, i));
  return snapshot;
}

TimelineMarks common(const TimelineMarks& a, const TimelineMarks& b) {
  TimelineMarks both(std::min(a.size(), b.size()));
  for (std::size_t i = 0; i < both.size(); ++i)
    if (a[i].resolution == b[i].resolution) both[i] = {std::min(a[i].points, b[i].points), a[i].resolution};
  return both;
}

}  // namespace loopstall
