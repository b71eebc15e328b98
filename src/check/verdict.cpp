#include "check/verdict.h"

#include <algorithm>
#include <array>

namespace loopstall::check {

std::string_view verdict_name(Verdict verdict) {
  constexpr std::array<std::string_view, 3> kNames{"pass", "inconclusive", "fail"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::string_view kind_name(FindingKind kind) {
  constexpr std::array<std::string_view, 4> kNames{"rule", "baseline", "culprit", "command"};
  return kNames[static_cast<std::size_t>(kind)];
}

Verdict overall(const CheckResult& result) {
  Verdict worst = Verdict::Pass;
  for (const Finding& finding : result.findings)
    if (finding.level == Level::Error) worst = std::max(worst, finding.verdict);
  if (worst != Verdict::Inconclusive || result.inconclusive == Inconclusive::OwnCode) return worst;
  return result.inconclusive == Inconclusive::Pass ? Verdict::Pass : Verdict::Fail;
}

int exit_code(Verdict verdict) {
  constexpr std::array<int, 3> kCodes{0, 5, 4};
  return kCodes[static_cast<std::size_t>(verdict)];
}

int exit_code(const CheckResult& result) {
  const int status = result.command ? result.command->status.value_or(0) : 0;
  return status && result.status_counts ? status : exit_code(overall(result));
}

}  // namespace loopstall::check
