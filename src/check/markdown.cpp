#include <fmt/format.h>

#include <set>

#include "check/escape.h"
#include "check/outputs.h"

namespace loopstall::check {
namespace {

std::string_view sign_of(const Finding& finding) {
  if (finding.verdict == Verdict::Pass) return "✅ pass";
  if (finding.verdict == Verdict::Inconclusive) return "❔ inconclusive";
  return finding.level == Level::Warn ? "⚠️ warn" : "❌ fail";
}

std::string row(const Finding& finding) {
  return fmt::format("| {} | {} | {} | {} | {} |\n", sign_of(finding), markdown_code(finding.name),
                     markdown_text(finding.value), markdown_text(finding.limit), markdown_text(finding.margin));
}

bool is(const Finding& finding, bool baseline) { return (finding.kind == FindingKind::Baseline) == baseline; }

std::string table(const CheckResult& result, bool baseline) {
  std::string rows;
  for (const Finding& finding : result.findings)
    if (is(finding, baseline)) rows += row(finding);
  if (rows.empty()) return "";
  const std::string_view head = baseline ? "| verdict | compared with the baseline | now | before | change |\n"
                                         : "| verdict | what must hold | value | limit | margin |\n";
  return fmt::format("\n{}|---|---|--:|--:|--:|\n{}", head, rows);
}

std::string reasons(const CheckResult& result) {
  std::string text;
  for (const Finding& finding : result.findings)
    if (finding.verdict != Verdict::Pass)
      text += fmt::format("- {}: {}{}\n", markdown_code(finding.name), markdown_text(finding.why),
                          finding.because.empty() ? "" : "; because " + markdown_text(finding.because));
  return text.empty() ? "" : "\n" + text;
}

// The stack in a fence that no name can end: a name's line break is no line break any more.
std::string details(const Offender& offender) {
  std::string text = fmt::format("\n<details><summary>{}</summary>\n\n", markdown_text(who_text(offender)));
  if (const std::string advice = advice_text(offender); !advice.empty())
    text += fmt::format("**{}**", markdown_text(advice));
  if (offender.advice) text += fmt::format(" {}\n\n", markdown_text(offender.advice->text));
  text += "~~~~~~text\n";
  for (const std::string& line : stack_lines(offender)) text += " " + line + "\n";
  return text + "~~~~~~\n\n</details>\n";
}

std::string culprits(const CheckResult& result) {
  std::set<std::size_t> shown;
  std::string text;
  for (const Finding& finding : result.findings)
    for (const std::size_t i : finding.offenders)
      if (finding.verdict != Verdict::Pass && shown.size() < 10 && shown.insert(i).second)
        text += details(result.measured.offenders[i]);
  return text.empty() ? "" : "\n#### Culprits\n" + text;
}

std::string footer(const CheckResult& result) {
  std::string text = "\n" + markdown_text(left_out_line(result)) + ".\n";
  if (result.command) text += "The command " + markdown_text(result.command->end) + ".\n";
  for (const std::string& loss : result.measured.losses) text += "\n> lost: " + markdown_text(loss) + "\n";
  return text;
}

}  // namespace

std::string render_markdown(const CheckResult& result) {
  return "### loopstall check " + markdown_text(verdict_line(result)) + "\n" + table(result, false) +
         table(result, true) + reasons(result) + culprits(result) + footer(result);
}

}  // namespace loopstall::check
