#include <fmt/format.h>

#include <algorithm>

#include "check/escape.h"
#include "check/outputs.h"
#include "report/text_units.h"
#include "report/wall_clock.h"

namespace loopstall::check {
namespace {

constexpr std::size_t kToTheSecond = 19;  // of "2026-03-01T12:00:00.123Z"

std::string details(const CheckResult& result, const Finding& finding) {
  std::string text = finding.why + "\n";
  if (!finding.because.empty()) text += "because " + finding.because + "\n";
  for (const std::size_t i : finding.offenders) {
    const Offender& offender = result.measured.offenders[i];
    text += "\n" + who_text(offender) + "\n";
    if (const std::string advice = advice_text(offender); !advice.empty()) text += advice + "\n";
    for (const std::string& line : stack_lines(offender)) text += "  " + line + "\n";
  }
  return text;
}

// A warning is none of a test's outcomes; it stands in the suite's output. Undecided is an error of the test, not a
// failure of what it tests; --inconclusive says otherwise.
std::string_view element_of(const CheckResult& result, const Finding& finding) {
  if (finding.verdict == Verdict::Pass) return "";
  if (finding.level == Level::Warn) return "";
  if (finding.verdict == Verdict::Fail || result.inconclusive == Inconclusive::Fail) return "failure";
  return result.inconclusive == Inconclusive::Pass ? "skipped" : "error";
}

std::string outcome(const CheckResult& result, const Finding& finding) {
  const std::string_view element = element_of(result, finding);
  if (element.empty()) return "";
  if (element == "skipped") return fmt::format("      <skipped message=\"{}\"/>\n", xml_text(finding.why));
  return fmt::format("      <{0} message=\"{1}\" type=\"{2}\">{3}</{0}>\n", element, xml_text(finding.why),
                     verdict_name(finding.verdict), xml_text(details(result, finding)));
}

std::string test_case(const CheckResult& result, const Finding& finding) {
  const std::string begin = fmt::format("    <testcase name=\"{}\" classname=\"loopstall.{}\" time=\"0\"",
                                        xml_text(finding.name), kind_name(finding.kind));
  const std::string inside = outcome(result, finding);
  return inside.empty() ? begin + "/>\n" : begin + ">\n" + inside + "    </testcase>\n";
}

std::size_t count_of(const CheckResult& result, std::string_view element) {
  return static_cast<std::size_t>(std::count_if(result.findings.begin(), result.findings.end(),
                                                [&](const Finding& f) { return element_of(result, f) == element; }));
}

std::string output(const CheckResult& result) {
  std::string text = verdict_line(result) + "\n" + left_out_line(result) + "\n";
  for (const Finding& finding : result.findings)
    if (finding.level == Level::Warn && finding.verdict != Verdict::Pass)
      text += "warning: " + finding.name + ": " + details(result, finding);
  return text;
}

}  // namespace

std::string render_junit(const CheckResult& result) {
  const Measured& m = result.measured;
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  xml += fmt::format(
      "  <testsuite name=\"loopstall check\" package=\"loopstall\" id=\"0\" timestamp=\"{}\" hostname=\"localhost\" "
      "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n",
      rfc3339(m.start_realtime_ns).substr(0, kToTheSecond), result.findings.size(), count_of(result, "failure"),
      count_of(result, "error"), count_of(result, "skipped"), static_cast<double>(m.duration_ns) / 1e9);
  xml += fmt::format("    <properties>\n      <property name=\"threshold\" value=\"{}\"/>\n    </properties>\n",
                     round_duration(m.threshold_ns));
  for (const Finding& finding : result.findings) xml += test_case(result, finding);
  xml += fmt::format("    <system-out>{}</system-out>\n    <system-err/>\n", xml_text(output(result)));
  return xml + "  </testsuite>\n</testsuites>\n";
}

}  // namespace loopstall::check
