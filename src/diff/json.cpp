#include <cmath>

#include "diff/diff_json.h"
#include "diff/formats.h"

namespace loopstall {
namespace {

// JSON has no infinity.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json json_of(const SourceName& source) {
  if (source.name.empty()) return nullptr;
  return {{"name", source.name}, {"file", text_or_null(source.file)}, {"line", line_or_null(source.line)}};
}

Json quantiles_json(const Distribution& d) {
  return {{"count", d.count},   {"sum_ns", d.sum_ns}, {"min_ns", d.min_ns}, {"max_ns", d.max_ns},
          {"p50_ns", d.p50_ns}, {"p90_ns", d.p90_ns}, {"p99_ns", d.p99_ns}, {"p999_ns", d.p999_ns}};
}

// null: not measured in this session.
Json json_of(const Waiting& waiting, bool is_task) {
  if (!waiting.measured) return nullptr;
  Json json;
  if (is_task)
    json = {{"sockets", waiting.blame.sockets}, {"total_ns", waiting.total_ns}, {"max_ns", waiting.blame.max_ns}};
  else
    json = {{"delay", quantiles_json(waiting.delay)}, {"waited_ns", waiting.total_ns}};
  json["ns_per_s"] = waiting.ns_per_s;
  return json;
}

Json json_of(const Side& side, bool is_task) {
  if (!side.count) return nullptr;
  Json json{{"count", side.count}, {"per_s", side.per_s}, {is_task ? "share" : "utilization", side.share}};
  json[is_task ? "hold" : "own"] = quantiles_json(side.values);
  if (!is_task) json["busy"] = quantiles_json(side.busy);
  json["runqueue_ns"] = side.runqueue_ns;
  json["own_mean_ns"] = side.own_mean_ns;
  json[is_task ? "blame" : "queue"] = json_of(side.waiting, is_task);
  json["blocks"] = side.blocks;
  json["blocks_occupied"] = side.occupied;
  return json;
}

Json json_of(const Change& change) {
  return {{"statistic", change.name},
          {"before_ns", number(change.before.value)},
          {"after_ns", number(change.after.value)},
          {"ratio", number(change.ratio.middle)},
          {"ratio_low", number(change.ratio.low)},
          {"ratio_high", number(change.ratio.high)},
          {"verdict", change.worse    ? "worse"
                      : change.better ? "better"
                                      : "same"}};
}

Json json_of(const Item& item) {
  Json json{{"verdict", verdict_name(item.verdict)}, {"loop", item.loop}};
  if (item.is_task) {
    json["kind"] = task_kind_name(item.kind);
    json["task"] = json_of(item.source);
    json["handler"] = json_of(item.handler);
    json["estimated"] = item.estimated;
  } else {
    json["matched"] = item.matched.empty() ? "by name, runtime and role" : item.matched;
  }
  json["before"] = json_of(item.before, item.is_task);
  json["after"] = json_of(item.after, item.is_task);
  json["why_untested"] = item.verdict == Verdict::Untested ? Json(item.why) : Json(nullptr);
  json["changes"] = Json::array();
  for (const Change& change : item.changes) json["changes"].push_back(json_of(change));
  return json;
}

Json array_of(const std::vector<Item>& items) {
  Json array = Json::array();
  for (const Item& item : items) array.push_back(json_of(item));
  return array;
}

Json test_json(const Diff& diff) {
  return {{"level", diff.tolerance.level},
          {"comparisons", diff.comparisons},
          {"correction", "Bonferroni"},
          {"method", "circular moving-block bootstrap over blocks of time"},
          {"draws", kDraws},
          {"blocks_before", diff.blocks[0]},
          {"blocks_after", diff.blocks[1]},
          {"tasks_without_blocks_before", diff.tasks_without_blocks[0]},
          {"tasks_without_blocks_after", diff.tasks_without_blocks[1]},
          {"tolerance", diff.tolerance.share},
          {"tolerance_ns", diff.tolerance.ns}};
}

Json counts_json(const Diff& diff) {
  Json json;
  for (const Verdict v :
       {Verdict::Worse, Verdict::Better, Verdict::New, Verdict::Gone, Verdict::Same, Verdict::Untested})
    json[std::string(verdict_name(v))] = count_of(diff, v);
  return json;
}

bool any_difference(const Diff& diff) {
  std::size_t n = 0;
  for (const Verdict v : {Verdict::Worse, Verdict::Better, Verdict::New, Verdict::Gone}) n += count_of(diff, v);
  return n > 0;
}

}  // namespace

Json diff_json(const Diff& diff) {
  Json json{{"schema", "loopstall.diff/1"},        {"different", any_difference(diff)},  {"counts", counts_json(diff)},
            {"before", json_of(diff.sessions[0])}, {"after", json_of(diff.sessions[1])}, {"test", test_json(diff)},
            {"tasks", array_of(diff.tasks)},       {"loops", array_of(diff.loops)},      {"notes", diff.notes}};
  add_requests(json, diff);
  return json;
}

std::string render_diff_json(const Comparison& comparison, const ReportStyle&) {
  return dump(diff_json(comparison.diff)) + "\n";
}

}  // namespace loopstall
