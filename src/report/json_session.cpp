#include "report/json_parts.h"
#include "report/wall_clock.h"

namespace loopstall {

Json json_of(const SessionInfo& info) {
  return {{"start", rfc3339(info.start_realtime_ns)},
          {"start_ns", info.start_realtime_ns},
          {"start_monotonic_ns", info.start_ns},
          {"duration_ns", info.duration_ns},
          {"threshold_ns", info.threshold_ns},
          {"target", info.target},
          {"kernel", info.kernel},
          {"machine", info.machine},
          {"version", info.version}};
}

Json json_of(const Process& process, const SessionInfo& info) {
  return {{"pid", process.pid},
          {"parent", process.parent ? Json(process.parent) : Json(nullptr)},
          {"comm", process.comm},
          {"command", process.command},
          {"runtime", process.runtime},
          {"seen_ns", epoch_ns(info, process.seen_ns)},
          {"exited_ns", process.exited_ns ? Json(epoch_ns(info, process.exited_ns)) : Json(nullptr)}};
}

Json json_of(const Cost& cost) {
  return {{"bpf_run_ns", cost.bpf_run_ns},
          {"bpf_hits", cost.bpf_hits},
          {"bpf_timed_hits", cost.bpf_timed_hits},
          {"collector_cpu_ns", cost.collector_cpu_ns},
          {"collector_rss_bytes", cost.collector_rss_bytes},
          {"map_bytes", cost.map_bytes}};
}

Json json_of(const Lost& lost) {
  Json json = Json::object();
  for (const LostKind& kind : lost_kinds()) json[std::string(kind.key)] = lost.*kind.member;
  return json;
}

}  // namespace loopstall
