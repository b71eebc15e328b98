#include "model/session.h"

#include <algorithm>

#include "model/count_blocks.h"
#include "model/groups.h"
#include "model/stalls.h"
#include "model/tasks.h"
#include "model/timeline.h"

namespace loopstall {
namespace {

Loop* find_loop(Session& session, LoopId id) {
  if (id.value >= session.loops.size()) return nullptr;
  Loop& loop = session.loops[id.value];
  return loop.tid ? &loop : nullptr;  // a gap that resize() made has no thread
}

// The living process with this pid: pids are used again.
Process* find_process(Session& session, int pid) {
  for (auto p = session.processes.rbegin(); p != session.processes.rend(); ++p)
    if (p->pid == pid && !p->exited_ns) return &*p;
  return nullptr;
}

// Seen again means that it called exec, or that more was found out about it.
void on(Session& session, const ProcessSeen& e) {
  Process* known = find_process(session, e.pid);
  if (!known) {
    session.processes.push_back({e.pid, e.parent, e.at_ns, 0, e.comm, e.command, e.runtime});
    return;
  }
  known->comm = e.comm;
  known->command = e.command;
  known->runtime = e.runtime;
}

void on(Session& session, const ProcessExited& e) {
  if (Process* process = find_process(session, e.pid)) process->exited_ns = e.at_ns;
}

void make_room(std::vector<Loop>& loops, LoopId id) {
  for (std::size_t i = loops.size(); i <= id.value; ++i) loops.emplace_back().id.value = static_cast<std::uint32_t>(i);
}

// Opened again means that more was found out about it: what was counted stays.
void on(Session& session, const LoopOpened& e) {
  make_room(session.loops, e.loop);
  Loop& loop = session.loops[e.loop.value];
  if (!loop.tid) loop.seen_ns = e.at_ns;
  loop.pid = e.pid;
  loop.tid = e.tid;
  loop.comm = e.comm;
  loop.runtime = e.runtime;
  loop.wait = e.wait;
}

void on(Session& session, const LoopConfirmed& e) {
  Loop* loop = find_loop(session, e.loop);
  if (!loop) return;
  loop->confirmed = e.confirmed;
  loop->unconfirmed_reason = e.confirmed ? "" : e.reason;
  reorder_stalls(session);
}

Histogram histogram_of(const std::vector<BucketDelta>& deltas) {
  Histogram h;
  for (const BucketDelta& delta : deltas) h.add(delta);
  return h;
}

// A new extreme of the loop happened in this reading, so here it is exact in the timeline too.
TimelinePoint point_of(const Loop& loop, const LoopSample& e) {
  TimelinePoint point{.end_ns = e.at_ns, .counters = e.delta, .busy = histogram_of(e.busy)};
  if (!point.busy.count() || !e.busy_max_ns) return point;
  const bool new_min = !loop.busy.count() || e.busy_min_ns < loop.busy.min_ns();
  const bool new_max = e.busy_max_ns > loop.busy.max_ns();
  point.busy.widen(new_min ? e.busy_min_ns : point.busy.min_ns(), new_max ? e.busy_max_ns : point.busy.max_ns());
  return point;
}

void on(Session& session, const LoopSample& e) {
  Loop* loop = find_loop(session, e.loop);
  if (!loop) return;
  add_to_timeline(loop->timeline, point_of(*loop, e), std::max(session.info.start_ns, loop->seen_ns));
  count_in_block(session, *loop, e);
  loop->total += e.delta;
  for (const BucketDelta& delta : e.busy) loop->busy.add(delta);
  for (const BucketDelta& delta : e.own) loop->own.add(delta);
  loop->busy.widen(e.busy_min_ns, e.busy_max_ns);
  loop->own.widen(e.own_min_ns, e.own_max_ns);
  if (e.wait != Wait::Unknown) loop->wait = e.wait;
}

void on(Session& session, const LoopClosed& e) {
  if (Loop* loop = find_loop(session, e.loop)) loop->closed_ns = e.at_ns;
}

void end_ongoing(Session& session, LoopId loop) {
  std::erase_if(session.ongoing, [loop](const OngoingStall& stall) { return stall.loop == loop; });
}

void on(Session& session, const StallSeen& e) {
  if (!find_loop(session, e.stall.loop)) return;
  end_ongoing(session, e.stall.loop);
  keep_stall(session, e.stall);
}

void on(Session& session, const EvidenceFound& e) {
  if (!find_loop(session, e.loop)) return;
  add_to_groups(session, e);
  keep_evidence(session, e);
}

void on(Session& session, const OngoingStall& e) {
  if (!find_loop(session, e.loop)) return;
  end_ongoing(session, e.loop);
  if (e.busy_ns) session.ongoing.push_back(e);
}

void on(Session& session, const TierReached& e) {
  Loop* loop = find_loop(session, e.loop);
  if (!loop) return;
  loop->tier = e.tier;
  loop->tier_reason = e.why;
}

void on(Session& session, const TaskSeen& e) { see_task(session, e); }
void on(Session& session, const TaskSample& e) { add_steps(session, e); }
void on(Session& session, const StepHandled& e) { add_handled(session, e); }

// Coverage only grows.
void on(Session& session, const TaskCoverageRead& e) {
  Loop* loop = find_loop(session, e.loop);
  if (!loop) return;
  const TaskCoverage &now = e.coverage, &old = loop->tasks;
  const TaskCoverage delta{now.measured_ns - old.measured_ns, now.iterations - old.iterations,
                           now.busy_ns - old.busy_ns};
  count_in_block(session, *loop, delta);
  loop->tasks = now;
}

void on(Session& session, const ReadingEnded& e) { end_reading(session, e.at_ns); }

void on(Session& session, const QueueSample& e) {
  Loop* loop = find_loop(session, e.loop);
  if (!loop) return;
  QueueDelay& queue = loop->queue;
  queue.measured = true;
  queue.total += e.delta;
  for (const BucketDelta& delta : e.delay) queue.delay.add(delta);
  for (const BucketDelta& delta : e.accept) queue.accept.add(delta);
  queue.delay.widen(e.delay_min_ns, e.delay_max_ns);
  queue.accept.widen(e.accept_min_ns, e.accept_max_ns);
}

void on(Session& session, const RequestSeen& e) {
  auto& requests = session.requests;
  for (std::size_t i = requests.size(); i <= e.request.value; ++i)
    requests.emplace_back().id.value = static_cast<std::uint32_t>(i);
  requests[e.request.value].loop = e.loop;
  requests[e.request.value].name = e.name;
}

void on(Session& session, const RequestSample& e) {
  if (e.request.value >= session.requests.size()) return;
  Request& request = session.requests[e.request.value];
  request.count += e.count;
  for (const BucketDelta& delta : e.hold) request.hold.add(delta);
  request.hold.widen(e.min_ns, e.max_ns);
}

void on(Session& session, const RequestReadsCounted& e) {
  if (Loop* loop = find_loop(session, e.loop)) loop->requests += {true, e.encrypted, e.not_told};
}

void on(Session& session, const CostRead& e) { session.cost = e.cost; }
void on(Session& session, const LostRead& e) { session.lost = e.lost; }

void on(Session& session, const Note& e) {
  const auto& notes = session.notes;
  if (std::find(notes.begin(), notes.end(), e.text) == notes.end()) session.notes.push_back(e.text);
}

}  // namespace

void apply(Session& session, const Event& event) {
  std::visit([&](const auto& e) { on(session, e); }, event);
}

}  // namespace loopstall
