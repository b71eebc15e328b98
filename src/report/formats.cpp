#include <algorithm>
#include <array>

#include "report/report.h"

namespace loopstall {
namespace {

constexpr auto kFormats = std::to_array<ReportFormat>({
    {"text", "txt", "for people, on a terminal", render_text},
    {"json", "json", "for programs; docs/report.schema.json describes it", render_json},
    {"html", "html", "for people, in a browser: one file with charts and a flame graph", render_html},
    {"folded", "folded", "stacks of the stalls, in us, for flamegraph.pl and inferno", render_folded},
    {"speedscope", "speedscope.json", "the same for www.speedscope.app", render_speedscope},
    {"perfetto", "perfetto.json", "a trace for ui.perfetto.dev", render_perfetto},
    {"pprof", "pb.gz", "a profile for go tool pprof, Pyroscope, Parca", render_pprof},
    {"openmetrics", "om", "a snapshot as OpenMetrics text", render_openmetrics},
    {"csv-tasks", "tasks.csv", "a record for each task and handler", render_csv_tasks},
    {"csv-requests", "requests.csv", "a record for each request's name (--requests)", render_csv_requests},
    {"csv", "csv", "a record for each stall", render_csv_stalls},
});

// "x.json" ends so, "json" and "xjson" do not; "a.json/x" is no JSON file.
bool has_ending(std::string_view path, std::string_view ending) {
  if (ending.empty() || !path.ends_with(ending)) return false;
  path.remove_suffix(ending.size());
  return path.ends_with('.');
}

}  // namespace

std::span<const ReportFormat> report_formats() { return kFormats; }

const ReportFormat* find_format(std::string_view name) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(), [&](auto& format) { return format.name == name; });
  return found == kFormats.end() ? nullptr : &*found;
}

// The longest ending: "x.perfetto.json" is no JSON report.
const ReportFormat* format_for_path(std::string_view path) {
  const ReportFormat* best = nullptr;
  for (const ReportFormat& format : kFormats)
    if (has_ending(path, format.ending) && (!best || format.ending.size() > best->ending.size())) best = &format;
  return best;
}

}  // namespace loopstall
