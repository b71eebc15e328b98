#include "model/recent.h"

#include <algorithm>

namespace loopstall {
namespace {

BucketDelta grown(const std::vector<BucketDelta>& before, BucketDelta bucket) {
  const auto old = std::lower_bound(before.begin(), before.end(), bucket.bucket,
                                    [](const BucketDelta& b, std::uint32_t number) { return b.bucket < number; });
  if (old == before.end() || old->bucket != bucket.bucket) return bucket;
  return {bucket.bucket, bucket.count - old->count, bucket.sum_ns - old->sum_ns};
}

// An extreme that is new happened since; whether an old one happened again only its bucket tells.
Histogram since(const Histogram& before, const Histogram& now) {
  Histogram recent;
  if (now.count() == before.count()) return recent;
  for (const BucketDelta& bucket : now.buckets()) recent.add(grown(before.buckets(), bucket));
  const bool new_min = !before.count() || now.min_ns() < before.min_ns();
  const bool new_max = now.max_ns() > before.max_ns();
  recent.widen(new_min ? now.min_ns() : recent.min_ns(), new_max ? now.max_ns() : recent.max_ns());
  return recent;
}

void take_off(Loop& loop, const Loop& before) {
  loop.total -= before.total;
  loop.busy = since(before.busy, loop.busy);
  loop.own = since(before.own, loop.own);
  loop.stalls_not_kept -= before.stalls_not_kept;
  loop.evidence_dropped -= before.evidence_dropped;
  loop.handlers_not_kept -= before.handlers_not_kept;
  loop.stalls_not_grouped -= before.stalls_not_grouped;
  loop.tasks.measured_ns -= before.tasks.measured_ns;
  loop.tasks.iterations -= before.tasks.iterations;
  loop.tasks.busy_ns -= before.tasks.busy_ns;
  loop.queue.total -= before.queue.total;
  loop.queue.delay = since(before.queue.delay, loop.queue.delay);
  loop.queue.accept = since(before.queue.accept, loop.queue.accept);
  loop.requests -= before.requests;
}

// The longest wait may have been before.
void take_off(Blame& blame, const Blame& before) {
  blame.total_ns -= before.total_ns;
  blame.sockets -= before.sockets;
}

void take_off(TaskHandler& handler, const TaskHandler& before) {
  handler.total -= before.total;
  handler.hold = since(before.hold, handler.hold);
  handler.estimated_steps -= before.estimated_steps;
}

void take_off(StallGroup& group, const StallGroup& before) {
  group.busy = since(before.busy, group.busy);
  take_off(group.blame, before.blame);
}

void take_off(Request& request, const Request& before) {
  request.count -= before.count;
  request.hold = since(before.hold, request.hold);
}

void take_off(Task& task, const Task& before);

// What was seen first stays first: what is new comes after it.
template <class T>
void take_off(std::vector<T>& now, const std::vector<T>& before) {
  for (std::size_t i = 0; i < std::min(now.size(), before.size()); ++i) take_off(now[i], before[i]);
}

void take_off(Task& task, const Task& before) {
  task.total -= before.total;
  task.hold = since(before.hold, task.hold);
  take_off(task.handlers, before.handlers);
}

std::vector<Loop> without_timelines(std::vector<Loop> loops) {
  for (Loop& loop : loops) loop.timeline.clear(), loop.blocks.clear();
  return loops;
}

std::vector<Task> without_blocks(std::vector<Task> tasks) {
  for (Task& task : tasks) {
    task.blocks.clear();
    for (TaskHandler& handler : task.handlers) handler.blocks.clear();
  }
  return tasks;
}

std::uint64_t end_of(const SessionInfo& info) { return info.start_ns + info.duration_ns; }

}  // namespace

Reading reading_of(const Session& session, bool detailed) {
  Reading reading{end_of(session.info), without_timelines(session.loops), detailed};
  if (!detailed) return reading;
  reading.tasks = without_blocks(session.tasks);
  reading.groups = session.groups;
  reading.requests = session.requests;
  return reading;
}

Session since(const Reading& before, const Session& session) {
  Reading now = reading_of(session, before.detailed);
  take_off(now.loops, before.loops);
  take_off(now.tasks, before.tasks);
  take_off(now.groups, before.groups);
  take_off(now.requests, before.requests);
  std::erase_if(now.groups, [](const StallGroup& group) { return group.busy.count() == 0; });
  Session recent;
  recent.info = session.info;
  recent.info.start_ns = before.at_ns;
  recent.info.duration_ns = now.at_ns - before.at_ns;
  recent.loops = std::move(now.loops);
  recent.tasks = std::move(now.tasks);
  recent.groups = std::move(now.groups);
  recent.requests = std::move(now.requests);
  return recent;
}

}  // namespace loopstall
