#include "capture/queues.h"

#include <algorithm>
#include <cstring>

#include "capture/slots.h"

namespace loopstall {
namespace {

QueueCounters difference(const ls_queue& now, const ls_queue& before) {
  QueueCounters delta;
  delta.waited_ns = now.area - before.area;
  delta.held_ns = now.held_ns - before.held_ns;
  delta.stalled_ns = now.stalled_ns - before.stalled_ns;
  delta.early_ns = now.early_ns - before.early_ns;
  delta.unread = now.unread + now.in.closed - before.unread - before.in.closed;
  delta.elsewhere = now.in.elsewhere - before.in.elsewhere;
  delta.own_waits = now.own_waits - before.own_waits;
  delta.refused = now.refused - before.refused;
  delta.backlog_most = now.backlog_most;
  delta.backlog_limit = now.backlog_limit;
  return delta;
}

// As area_until() of probes/queue.bpf.h has it.
std::uint64_t area_until(const ls_queue& q, std::uint64_t now_ns) {
  const std::uint64_t more = (q.in.ready - q.done) * (now_ns + LS_TORN) - (q.in.sum - q.done_sum) - q.area;
  return more < LS_TORN / 2 ? q.area + more : q.area;
}

}  // namespace

QueueSample QueueReader::read(LoopId loop, const ls_queue& queue, std::uint64_t now_ns) {
  auto now = std::make_unique<ls_queue>(queue);
  now->area = std::max(last_->area, area_until(*now, now_ns));
  QueueSample sample;
  sample.loop = loop;
  sample.delta = difference(*now, *last_);
  sample.delay = changed_buckets(now->delay, last_->delay);
  sample.accept = changed_buckets(now->accept, last_->accept);
  sample.delay_min_ns = now->delay.min_ns;
  sample.delay_max_ns = now->delay.max_ns;
  sample.accept_min_ns = now->accept.min_ns;
  sample.accept_max_ns = now->accept.max_ns;
  last_ = std::move(now);
  return sample;
}

Blame open_delay(const ls_queue& q, std::uint64_t iteration_start_ns, std::uint64_t now_ns) {
  const std::uint64_t left = q.in.ready - q.done;
  Blame blame;
  if (left >= UINT32_MAX) return blame;  // while one is being added
  blame.total_ns = area_until(q, now_ns) - q.iteration_area;
  blame.sockets = q.iteration_sockets + left;
  blame.max_ns = q.iteration_longest;
  const std::uint64_t since = q.iteration_old ? iteration_start_ns : q.in.iteration_first;
  if (left && since && now_ns > since) blame.max_ns = std::max(blame.max_ns, now_ns - since);
  return blame;
}

void clear_queue(ls_queue& queue) {
  const std::uint64_t id = queue.id + 1;
  std::memset(&queue, 0, sizeof(queue));
  queue.id = queue.in.id = id;
}

Blame to_blame(const ls_delayed& delayed) { return {delayed.total_ns, delayed.max_ns, delayed.sockets}; }

}  // namespace loopstall
