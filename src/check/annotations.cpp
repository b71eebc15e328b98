#include <fmt/format.h>

#include "check/escape.h"
#include "check/outputs.h"

namespace loopstall::check {
namespace {

std::string within(const std::string& file, const std::string& workspace) {
  if (workspace.empty() || !file.starts_with(workspace)) return file;
  const std::size_t slash = workspace.size() - (workspace.ends_with('/') ? 1 : 0);
  return slash < file.size() && file[slash] == '/' ? file.substr(slash + 1) : file;
}

std::string place(const CheckResult& result, const Finding& finding, const std::string& workspace) {
  if (finding.offenders.empty()) return "";
  const Frame& frame = result.measured.offenders[finding.offenders[0]].culprit.named();
  if (frame.file.empty()) return "";
  const std::string file = "file=" + workflow_property(within(frame.file, workspace)) + ",";
  return frame.line ? fmt::format("{}line={},", file, frame.line) : file;
}

std::string message(const CheckResult& result, const Finding& finding) {
  std::string text = finding.name + ": " + finding.why;
  if (finding.offenders.empty()) return text;
  const Offender& offender = result.measured.offenders[finding.offenders[0]];
  text += "\n" + who_text(offender);
  const std::string advice = advice_text(offender);
  return advice.empty() ? text : text + "\n" + advice;
}

std::string_view command_of(const Finding& finding) {
  return finding.verdict == Verdict::Fail && finding.level == Level::Error ? "error" : "warning";
}

}  // namespace

std::string render_annotations(const CheckResult& result, const std::string& workspace) {
  std::string text;
  std::size_t n = 0;
  for (const Verdict verdict : {Verdict::Fail, Verdict::Inconclusive})
    for (const Finding& finding : result.findings)
      if (finding.verdict == verdict && n < kAnnotations) {
        text += fmt::format("::{} {}title={}::{}\n", command_of(finding), place(result, finding, workspace),
                            workflow_property(fmt::format("loopstall {}", verdict_name(verdict))),
                            workflow_data(message(result, finding)));
        ++n;
      }
  return text;
}

}  // namespace loopstall::check
