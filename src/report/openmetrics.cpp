// A snapshot of the whole session as OpenMetrics text, for a textfile collector or a push gateway.
#include <fmt/format.h>

#include "report/openmetrics_parts.h"
#include "report/report.h"
#include "report/wall_clock.h"

namespace loopstall {
namespace openmetrics {
namespace {

void write_cost(MetricsText& text, const Cost& cost) {
  text.family("collector_processor_seconds", "gauge", "seconds", "CPU time of the loopstall process.");
  text.sample({}, metric_seconds(cost.collector_cpu_ns));
  text.family("bpf_run_seconds", "gauge", "seconds", "Run time of the BPF programs, estimated.");
  text.sample({}, metric_seconds(cost.bpf_run_ns));
  text.family("bpf_runs", "gauge", "", "Runs of the BPF programs.");
  text.sample({}, cost.bpf_hits);
  text.family("collector_memory_bytes", "gauge", "bytes", "Memory of the loopstall process at its peak.");
  text.sample({}, cost.collector_rss_bytes);
  text.family("bpf_maps_bytes", "gauge", "bytes", "Memory of the BPF maps.");
  text.sample({}, cost.map_bytes);
}

void write_lost(MetricsText& text, const Lost& lost) {
  text.family("lost", "gauge", "", "What was seen but could not be kept, by kind.");
  for (const LostKind& kind : lost_kinds())
    text.sample({{"kind", std::string(kind.key)}, {"meaning", std::string(kind.text)}}, lost.*kind.member);
}

}  // namespace

MetricLabels loop_labels(const Summary& summary, std::size_t loop) {
  const Loop& l = summary.loops[loop].loop;
  return {{"loop", std::to_string(loop)}, {"pid", std::to_string(l.pid)}, {"tid", std::to_string(l.tid)}};
}

void write_session(MetricsText& text, const Summary& summary) {
  const SessionInfo& info = summary.info;
  text.family("session_info", "gauge", "", "What was measured, and by which loopstall; always 1.");
  text.sample({{"target", info.target},
               {"start", rfc3339(info.start_realtime_ns)},
               {"kernel", info.kernel},
               {"machine", info.machine},
               {"version", info.version}},
              1);
  text.family("session_start_timestamp_seconds", "gauge", "seconds", "When the session began, since the epoch.");
  text.sample({}, metric_seconds(info.start_realtime_ns));
  text.family("session_duration_seconds", "gauge", "seconds", "How long was measured.");
  text.sample({}, metric_seconds(info.duration_ns));
  text.family("stall_threshold_seconds", "gauge", "seconds", "Busy for so long, an iteration is a stall.");
  text.sample({}, metric_seconds(info.threshold_ns));
  write_cost(text, summary.cost);
  write_lost(text, summary.lost);
}

}  // namespace openmetrics

std::string render_openmetrics(const Summary& summary, const ReportStyle&) {
  MetricsText text;
  openmetrics::write_session(text, summary);
  openmetrics::write_loops(text, summary);
  openmetrics::write_stalls(text, summary);
  openmetrics::write_tasks(text, summary);
  openmetrics::write_requests(text, summary);
  return std::move(text).finish();
}

}  // namespace loopstall
