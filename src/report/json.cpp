#include "report/json_parts.h"
#include "report/report.h"

namespace loopstall {
namespace {

Json json_of(const MergedRecording& recording) {
  Json json = {{"name", recording.name}};
  json.update(json_of(recording.info));
  return json;
}

// Only a merged session has these.
void add_merged(Json& json, const Summary& summary) {
  if (summary.recordings.empty()) return;
  json["recordings"] = array_of(summary.recordings, [](const MergedRecording& r) { return json_of(r); });
  json["all_loops"] = {{"busy", json_of(summary.busy)}, {"own", json_of(summary.own)}};
}

}  // namespace

std::string render_json(const Summary& summary, const ReportStyle&) {
  const SessionInfo& info = summary.info;
  const auto with_info = [&info](const auto& value) { return json_of(value, info); };
  const auto with_summary = [&summary](const auto& value) { return json_of(value, summary); };
  Json json = {
      {"schema", "loopstall.report/1"},
      {"session", json_of(info)},
      {"cost", json_of(summary.cost)},
      {"lost", json_of(summary.lost)},
      {"processes", array_of(summary.processes, with_info)},
      {"loops", array_of(summary.loops, with_info)},
      {"unconfirmed", array_of(summary.unconfirmed, unconfirmed_json)},
      {"stalls_total", summary.stalls_total},
      {"stalls_explained", summary.stalls_explained},
      {"stalls_not_grouped", summary.stalls_not_grouped},
      {"culprits", array_of(summary.groups, with_summary)},
      {"tasks", array_of(summary.tasks, with_summary)},
      {"stalls", array_of(summary.stalls, with_summary)},
      {"notes", summary.notes},
  };
  add_requests(json, summary);
  add_merged(json, summary);
  return dump(json) + "\n";
}

}  // namespace loopstall
