#include "diagnosis/diagnosis.h"

#include <fmt/format.h>

#include "base/path.h"
#include "diagnosis/look.h"
#include "model/culprit.h"
#include "model/telling_sample.h"

namespace loopstall {
namespace {

std::string with_name(std::string_view text, const Culprit& culprit) {
  std::string out(text);
  const std::string name = culprit.held_gil ? "`" + culprit.named().function + "`" : "other code";
  if (const std::size_t at = out.find("{}"); at != out.npos) out.replace(at, 2, name);
  return out;
}

// Native code is known by its file's name; where that lies is no matter here.
std::string where(const Frame& frame) {
  return frame.file.empty() ? std::string(basename_of(frame.module)) : place_text(frame);
}

std::string evidence_text(const Fit& fit, const Look& look, const Culprit& culprit) {
  const Frame* frame = culprit.held_gil ? &culprit.named() : fit.frame;
  if (!frame && culprit.known()) frame = &culprit.named();
  if (!frame) return cause_text(look.cause);
  const std::string place = where(*frame);
  return fmt::format("{}{}{}, {}", frame->function, place.empty() ? "" : " ", place, cause_text(look.cause));
}

std::optional<Advice> first_fit(std::span<const Rule> rules, const Look& look, const Culprit& culprit) {
  for (const Rule& rule : rules)
    if (const auto found = fit(rule, look))
      return Advice{std::string(rule.id), with_name(rule.title, culprit), std::string(rule.remedy),
                    with_name(rule.text, culprit), evidence_text(*found, look, culprit)};
  return std::nullopt;
}

std::optional<Advice> diagnose(const EvidenceSample& sample, const Cause& cause, const Culprit& culprit,
                               std::string_view runtime) {
  const Look look = look_at(sample, cause, culprit, runtime);
  if (auto advice = first_fit(machine_rules(), look, culprit)) return advice;
  if (!culprit.known() || sample.stack.empty()) return std::nullopt;
  for (const auto rules : {python_blocking_rules(), python_cpu_rules(), native_rules()})
    if (auto advice = first_fit(rules, look, culprit)) return advice;
  return std::nullopt;
}

}  // namespace

std::optional<Advice> diagnose(const StallGroup& group, std::string_view runtime) {
  return diagnose(*group.example, group.cause, group.culprit, runtime);
}

std::optional<Advice> diagnose(const Evidence& evidence, std::string_view runtime) {
  const EvidenceSample* sample = telling_sample(evidence);
  return diagnose(sample ? *sample : EvidenceSample{}, dominant_cause(evidence), evidence.culprit, runtime);
}

}  // namespace loopstall
