#include "check/outputs.h"
#include "report/json_parts.h"

namespace loopstall::check {
namespace {

Json frame_json(const Frame& frame) {
  return {{"name", text_or_null(frame.function)},
          {"file", text_or_null(frame.file.empty() ? frame.module : frame.file)},
          {"line", line_or_null(frame.line)}};
}

Json offender_json(const Offender& offender) {
  Json stack = Json::array();
  for (const Frame& frame : offender.stack) stack.push_back(frame_json(frame));
  return {{"culprit", frame_json(offender.culprit.named())},
          {"handler", frame_json(offender.culprit.handler)},
          {"held_gil", offender.culprit.held_gil},
          {"cause", json_of(offender.cause)},
          {"stalls", offender.stalls.size()},
          {"own_max_ns", offender.worst_own_ns},
          {"busy_max_ns", offender.worst_busy_ns},
          {"advice", offender.advice ? Json{{"rule", offender.advice->id},
                                            {"title", offender.advice->title},
                                            {"remedy", text_or_null(offender.advice->remedy)},
                                            {"text", offender.advice->text}}
                                     : Json(nullptr)},
          {"ignored", offender.ignored ? Json(offender.ignored->reason) : Json(nullptr)},
          {"stack", std::move(stack)}};
}

Json finding_json(const Finding& finding) {
  return {{"kind", kind_name(finding.kind)},
          {"name", finding.name},
          {"level", level_name(finding.level)},
          {"verdict", verdict_name(finding.verdict)},
          {"value", text_or_null(finding.value)},
          {"limit", text_or_null(finding.limit)},
          {"margin", text_or_null(finding.margin)},
          {"why", text_or_null(finding.why)},
          {"because", text_or_null(finding.because)},
          {"origin", text_or_null(finding.origin)},
          {"culprits", finding.offenders}};
}

Json loop_json(const MeasuredLoop& loop) {
  return {{"run", loop.run},
          {"pid", loop.loop.pid},
          {"tid", loop.loop.tid},
          {"comm", loop.loop.comm},
          {"runtime", loop.loop.runtime},
          {"iterations", loop.loop.total.iterations},
          {"utilization", loop.utilization},
          {"own", json_of(distribution_of(loop.loop.own))},
          {"busy", json_of(distribution_of(loop.loop.busy))}};
}

Json program_json(const std::optional<ProgramEnd>& program) {
  if (!program) return nullptr;
  return {{"command", program->command},
          {"status", program->status ? Json(*program->status) : Json(nullptr)},
          {"end", program->end}};
}

template <class T, class Convert>
Json array_of(const std::vector<T>& values, Convert convert) {
  Json array = Json::array();
  for (const T& value : values) array.push_back(convert(value));
  return array;
}

}  // namespace

std::string render_json(const CheckResult& result) {
  const Measured& m = result.measured;
  return dump({{"schema", "loopstall.check/1"},
               {"verdict", verdict_name(overall(result))},
               {"exit_code", exit_code(result)},
               {"findings", array_of(result.findings, finding_json)},
               {"culprits", array_of(m.offenders, offender_json)},
               {"loops", array_of(m.loops, loop_json)},
               {"runs", m.runs},
               {"sources", result.sources},
               {"duration_ns", m.duration_ns},
               {"threshold_ns", m.threshold_ns},
               {"evidence_ns", m.evidence_ns},
               {"iterations", m.iterations},
               {"busy_ns", m.busy_ns},
               {"runqueue_ns", m.runqueue_ns},
               {"taken_ns", m.taken_ns},
               {"stolen_at_most_ns", result.stolen_ns ? Json(*result.stolen_ns) : Json(nullptr)},
               {"baseline", text_or_null(result.baseline)},
               {"command", program_json(result.command)},
               {"load", program_json(result.load)},
               {"lost", m.losses},
               {"notes", m.notes}}) +
         "\n";
}

}  // namespace loopstall::check
