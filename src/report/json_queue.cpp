#include "report/json_parts.h"

namespace loopstall {
namespace {

Json json_of(const ArrivalWaits& waits) {
  return {{"p50_ns", waits.p50_ns},
          {"p90_ns", waits.p90_ns},
          {"p99_ns", waits.p99_ns},
          {"p999_ns", waits.p999_ns},
          {"max_ns", waits.max_ns}};
}

}  // namespace

Json blame_json(const Blame& blame, const Summary& summary) {
  if (!summary.knows_blame) return nullptr;
  return {{"sockets", blame.sockets}, {"total_ns", blame.total_ns}, {"max_ns", blame.max_ns}};
}

Json arrival_json(const LoopSummary& summary) { return json_of(summary.arrival); }

Json queue_json(const LoopSummary& summary) {
  const QueueDelay& queue = summary.loop.queue;
  if (!queue.measured) return nullptr;
  return {
      {"delay", json_of(summary.delay)},
      {"waited_ns", summary.waited_ns},
      {"blame",
       {{"tasks_ns", summary.tasks_blame_ns},
        {"loop_ns", summary.loop_blame_ns},
        {"stalls_ns", queue.total.stalled_ns},
        {"iterations_ns", queue.total.held_ns}}},
      {"early_ns", queue.total.early_ns},
      {"unread", queue.total.unread},
      {"read_elsewhere", queue.total.elsewhere},
      {"own_waits", queue.total.own_waits},
      {"accept", json_of(summary.accept)},
      {"backlog",
       {{"most", queue.total.backlog_most}, {"limit", queue.total.backlog_limit}, {"refused", queue.total.refused}}}};
}

}  // namespace loopstall
