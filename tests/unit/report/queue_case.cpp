// The session with task steps, and what sockets waited meanwhile.
#include "cases.h"
#include "story.h"

namespace loopstall {
namespace {

using namespace story;

std::vector<BucketDelta> buckets_of(const std::vector<Iteration>& waits) {
  Histogram h;
  for (const Iteration& wait : waits) h.record(wait.busy);
  return h.buckets();
}

void wait(Session& session, LoopId loop, unsigned reads, std::uint32_t seed) {
  QueueSample sample{.loop = loop, .delta = {}, .delay = buckets_of(traffic(reads, seed)), .accept = {}};
  for (const BucketDelta& b : sample.delay) sample.delta.waited_ns += b.sum_ns;
  sample.delta.held_ns = sample.delta.waited_ns / 10 * 9;
  sample.delta.stalled_ns = sample.delta.waited_ns / 10 * 7;
  sample.accept = buckets_of(traffic(20, seed + 1));
  if (loop == LoopId{0}) {
    sample.delta.refused = 57;
    sample.delta.backlog_most = 129;
    sample.delta.backlog_limit = 128;
  }
  apply(session, sample);
}

// The lighter a task the more it is to blame for: the order of the table is another one.
void blame(Session& session) {
  for (Task& task : session.tasks) {
    apply(session, TaskSample{.task = task.id,
                              .delta = {.split = {}, .blame = {(task.id.value + 1) * ms, ms, task.id.value}},
                              .hold = {}});
    for (TaskHandler& handler : task.handlers) handler.total.blame = {100 * us, 90 * us, 0};
  }
}

}  // namespace

Session session_with_queues() {
  Session session = session_with_tasks();
  wait(session, {0}, 900, 3);
  wait(session, {1}, 300, 5);
  blame(session);
  for (Stall& stall : session.stalls) stall.delayed = {stall.busy_ns * 7, stall.busy_ns, 14};
  return session;
}

}  // namespace loopstall
