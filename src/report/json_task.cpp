#include "report/json_parts.h"

namespace loopstall {
namespace {

Json json_of(const SourceName& source) {
  return {{"name", source.name}, {"file", text_or_null(source.file)}, {"line", line_or_null(source.line)}};
}

// Count and sum are those of the exact counters.
Json steps_json(const TaskCounters& total, const Distribution& hold) {
  return {{"count", total.steps},  {"sum_ns", total.hold_ns}, {"min_ns", hold.min_ns}, {"max_ns", hold.max_ns},
          {"p50_ns", hold.p50_ns}, {"p90_ns", hold.p90_ns},   {"p99_ns", hold.p99_ns}, {"p999_ns", hold.p999_ns}};
}

}  // namespace

Json json_of(const TaskSummary& row, const Summary& summary) {
  const Split& split = row.total.split;
  Json json = json_of(row.task.source);
  json["handler"] = row.handler.name.empty() ? Json(nullptr) : json_of(row.handler);
  json["kind"] = task_kind_name(row.task.kind);
  json["loop"] = row.loop;
  json["pid"] = row.pid;
  json["tid"] = row.tid;
  json["steps"] = steps_json(row.total, row.hold);
  json["share"] = row.share;
  json["stalls"] = row.total.stalls;
  json["steps_per_s"] = row.steps_per_s;
  json["estimated"] = row.estimated_steps > 0;
  json["estimated_steps"] = row.estimated_steps;
  json["split"] = {{"cpu_ns", split.cpu_ns}, {"blocked_ns", split.blocked_ns}, {"runqueue_ns", split.runqueue_ns}};
  json["blame"] = blame_json(row.total.blame, summary);
  return json;
}

Json coverage_json(const LoopSummary& summary) {
  const TaskCoverage& coverage = summary.loop.tasks;
  if (!coverage.measured_ns) return nullptr;
  return {{"measured_ns", coverage.measured_ns},
          {"iterations", coverage.iterations},
          {"busy_ns", coverage.busy_ns},
          {"steps", summary.steps},
          {"steps_per_iteration", summary.steps_per_iteration}};
}

}  // namespace loopstall
