#include "report/text_ongoing.h"

#include <fmt/format.h>

#include "base/units.h"
#include "diagnosis/diagnosis.h"
#include "report/text_names.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

std::string place_of(const Culprit& culprit) {
  if (!culprit.known()) return "";
  return fmt::format(" {} {}", culprit.held_gil ? "by" : "in", name_and_place(culprit.named(), 60));
}

std::string cause_of(const Evidence& evidence) {
  if (evidence.causes.empty() || evidence.causes.front().cause.kind == CauseKind::Unknown) return "";
  return fmt::format(" ({})", cause_text(evidence.causes.front().cause));
}

}  // namespace

std::string ongoing_text(const OngoingStall& stall, unsigned columns) {
  return clean(fmt::format("stalled {}{}{}{}", stall.before_attach ? "≥" : "", format_duration(stall.busy_ns),
                           place_of(stall.evidence.culprit), cause_of(stall.evidence)),
               columns);
}

}  // namespace loopstall
