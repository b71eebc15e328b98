#include "report/culprits.h"
#include "report/json_parts.h"

namespace loopstall {
namespace {

Json json_of(const Frame& frame) {
  return {{"kind", frame_kind_name(frame.kind)},
          {"role", frame_role_name(frame.role)},
          {"function", frame.function},
          {"file", text_or_null(frame.file)},
          {"line", line_or_null(frame.line)},
          {"module", text_or_null(frame.module)},
          {"inlined", frame.inlined}};
}

// A frame that somebody is blamed for.
Json named_json(const Frame& frame) {
  if (frame.function.empty()) return nullptr;
  return {{"name", frame.function},
          {"file", text_or_null(frame.file)},
          {"line", line_or_null(frame.line)},
          {"module", text_or_null(frame.module)}};
}

Json json_of(const Stack& stack) {
  Json array = Json::array();
  for (const Frame& frame : stack) array.push_back(json_of(frame));
  return array;
}

Json json_of(const EvidenceSample& sample, const SessionInfo& info) {
  return {{"offset_ns", sample.at_ns ? Json(static_cast<std::int64_t>(sample.at_ns - info.start_ns)) : Json()},
          {"weight_ns", sample.weight_ns},
          {"on_cpu", sample.on_cpu},
          {"complete", sample.complete},
          {"cause", json_of(sample.cause)},
          {"stack", json_of(sample.stack)},
          {"holder_tid", sample.holder_tid ? Json(sample.holder_tid) : Json(nullptr)},
          {"holder", json_of(sample.holder)}};
}

Json json_of(const Culprit& culprit) {
  if (!culprit.known()) return nullptr;
  Json json = named_json(culprit.named());
  json["held_gil"] = culprit.held_gil;
  json["weight_ns"] = culprit.weight_ns;
  json["handler"] = named_json(culprit.handler);
  json["frame"] = named_json(culprit.frame);
  return json;
}

Json unnamed_json(const Culprit& culprit) {
  return culprit.known() ? Json(nullptr) : Json(unnamed_name(culprit.unnamed));
}

Json json_of(const std::optional<Advice>& advice) {
  if (!advice) return nullptr;
  return {{"rule", advice->id},
          {"title", advice->title},
          {"remedy", text_or_null(advice->remedy)},
          {"text", advice->text},
          {"evidence", advice->evidence}};
}

}  // namespace

Json json_of(const Cause& cause) {
  return {{"kind", cause_name(cause.kind)},
          {"syscall", text_or_null(cause.syscall)},
          {"object", text_or_null(cause.object)}};
}

void add_findings(Json& json, const Stall& stall, const Summary& summary) {
  const Evidence& evidence = *stall.evidence;
  json["culprit"] = json_of(evidence.culprit);
  json["unnamed"] = unnamed_json(evidence.culprit);
  json["advice"] = json_of(advice_for(stall, summary));
  Json causes = Json::array();
  for (const CauseShare& share : evidence.causes) {
    causes.push_back(json_of(share.cause));
    causes.back()["ns"] = share.ns;
  }
  json["causes"] = std::move(causes);
}

void add_looks(Json& json, const Stall& stall, const Summary& summary) {
  const Evidence& evidence = *stall.evidence;
  Json samples = Json::array();
  for (const EvidenceSample& sample : evidence.samples) samples.push_back(json_of(sample, summary.info));
  const EvidenceSample* look = best_look(evidence);
  json["frames"] = look ? json_of(look->stack) : Json::array();
  json["samples"] = std::move(samples);
  json["samples_withheld"] = evidence.withheld;
}

Json facts_of(const StallGroup& group, const Summary& summary) {
  const Histogram& busy = group.busy;
  return {{"culprit", json_of(group.culprit)},
          {"unnamed", unnamed_json(group.culprit)},
          {"cause", json_of(group.cause)},
          {"stalls", busy.count()},
          {"total_ns", busy.sum_ns()},
          {"min_ns", busy.min_ns()},
          {"p50_ns", busy.quantile_ns(0.5)},
          {"p99_ns", busy.quantile_ns(0.99)},
          {"max_ns", busy.max_ns()},
          {"blame", blame_json(group.blame, summary)},
          {"advice", json_of(advice_for(group, summary))}};
}

Json json_of(const StallGroup& group, const Summary& summary) {
  Json json = facts_of(group, summary);
  json["frames"] = json_of(group.example->stack);
  json["holder"] = json_of(group.example->holder);
  return json;
}

}  // namespace loopstall
