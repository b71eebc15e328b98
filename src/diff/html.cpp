// The comparison as a page of its own (src/report/html/), with the differential flame graph.
#include "base/units.h"
#include "diff/diff_json.h"
#include "diff/formats.h"
#include "diff/words.h"
#include "report/html_page.h"
#include "report/html_stacks.h"

namespace loopstall {
namespace {

Json json_of(const SourceName& source) { return {{"name", source.name}, {"file", source.file}}; }

Json task_json(const TaskSummary& row, const Summary& summary) {
  Json json{{"loop", row.comm},
            {"task", json_of(row.task.source)},
            {"handler", row.handler.name.empty() ? Json(nullptr) : json_of(row.handler)},
            {"hold_ns", row.total.hold_ns},
            {"measured_ns", summary.loops[row.loop].loop.tasks.measured_ns}};
  if (summary.knows_blame) json["blame_ns"] = row.total.blame.total_ns;
  return json;
}

Json side_json(const Summary& summary, FrameTable& frames) {
  Json tasks = Json::array();
  for (const TaskSummary& row : summary.tasks) tasks.push_back(task_json(row, summary));
  return {{"seconds", static_cast<double>(summary.info.duration_ns) / static_cast<double>(kSecond)},
          {"stacks", stacks_json(summary, frames)},
          {"tasks", std::move(tasks)}};
}

// Without the values of each comparison: the page shows their ratios.
Json page_json(const Diff& diff) {
  Json json = diff_json(diff);
  for (const char* list : {"tasks", "loops"})
    for (Json& item : json[list])
      for (Json& change : item["changes"]) {
        change.erase("before_ns");
        change.erase("after_ns");
      }
  return json;
}

}  // namespace

std::string render_diff_html(const Comparison& comparison, const ReportStyle&) {
  constexpr unsigned kColumns = 100;
  const Diff& diff = comparison.diff;
  FrameTable frames;
  Json data{{"diff", page_json(diff)},
            {"words", {{"verdict", verdict_text(diff)}, {"method", method_text(diff)}}},
            {"sides", {side_json(comparison.before, frames), side_json(comparison.after, frames)}}};
  data["frames"] = frames.take();
  const std::string text = render_diff_text(comparison, {.color = false, .columns = kColumns});
  return html_page(kDiffPage, "two sessions compared · loopstall", text, data);
}

}  // namespace loopstall
