#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/units.h"
#include "check/outputs.h"
#include "report/text_canvas.h"
#include "report/utf8.h"

namespace loopstall::check {
namespace {

// Columns at which each cell ends; what is compared begins after the verdict.
constexpr unsigned kName = 8, kValue = 56, kLimit = 70, kMargin = 80;

Ink ink_of(Verdict verdict) {
  constexpr std::array<Ink, 3> kInks{Ink::Good, Ink::Warn, Ink::Bad};
  return kInks[static_cast<std::size_t>(verdict)];
}

std::string_view mark(const Finding& finding) {
  if (finding.verdict == Verdict::Fail) return finding.level == Level::Warn ? "warn" : "FAIL";
  return finding.verdict == Verdict::Pass ? "ok" : "?";
}

void write_row(Canvas& canvas, const Finding& finding) {
  Line line;
  line.add("  ").add(mark(finding), ink_of(finding.verdict)).column(kName);
  const std::string name = clean(finding.name);
  const bool fits = display_columns(name) + kName + display_columns(finding.value) + 2 <= kValue;
  line.add(cut(name, canvas.columns() - kName));
  if (!fits) {
    canvas.line(line);
    line = {};
  }
  line.right(finding.value, kValue).right(finding.limit, kLimit, Ink::Dim).right(finding.margin, kMargin);
  if (fits || !finding.value.empty() || !finding.limit.empty()) canvas.line(line);
  if (!finding.why.empty()) canvas.paragraph(clean(finding.why, 600), kName, kName, ink_of(finding.verdict));
  if (!finding.because.empty() && finding.verdict != Verdict::Pass)
    canvas.paragraph("because " + clean(finding.because, 200), kName, kName, Ink::Dim);
}

void write_table(Canvas& canvas, const CheckResult& result) {
  if (result.findings.empty()) return;
  Line head;
  head.column(kName).add("what must hold", Ink::Dim).right("value", kValue, Ink::Dim);
  canvas.line(head.right("limit", kLimit, Ink::Dim).right("margin", kMargin, Ink::Dim));
  for (const Finding& finding : result.findings) write_row(canvas, finding);
}

void write_offender(Canvas& canvas, const Offender& offender) {
  canvas.paragraph(who_text(offender), 2, 4, Ink::Bad);
  if (const std::string advice = advice_text(offender); !advice.empty()) canvas.paragraph(advice, 4, 6, Ink::Good);
  if (offender.advice) canvas.paragraph(clean(offender.advice->text, 400), 4, 4);
  for (const std::string& line : stack_lines(offender)) {
    Line text;
    canvas.line(text.add("    ").add(line, Ink::Dim));
  }
}

// Those of what failed, each once.
void write_offenders(Canvas& canvas, const CheckResult& result) {
  std::set<std::size_t> shown;
  for (const Finding& finding : result.findings)
    for (const std::size_t i : finding.offenders) {
      if (finding.verdict == Verdict::Pass || shown.size() >= 10 || !shown.insert(i).second) continue;
      if (shown.size() == 1) canvas.heading("Culprits", "of what did not pass");
      write_offender(canvas, result.measured.offenders[i]);
    }
}

void write_ignored(Canvas& canvas, const CheckResult& result) {
  for (const Offender& offender : result.measured.offenders)
    if (offender.ignored)
      canvas.paragraph(fmt::format("ignored ({}): {}", clean(offender.ignored->reason, 200), who_text(offender)), 2, 4,
                       Ink::Dim);
}

void write_programs(Canvas& canvas, const CheckResult& result) {
  if (result.command) canvas.paragraph("the command " + clean(result.command->end, 200), 2, 4);
  if (result.load) canvas.paragraph("the load " + clean(result.load->end, 200), 2, 4);
}

void write_rest(Canvas& canvas, const CheckResult& result) {
  canvas.heading("Measured");
  for (const std::string& source : result.sources) canvas.paragraph(clean(source, 200), 2, 4);
  for (const std::string& line : loop_lines(result)) canvas.paragraph(line, 2, 4);
  canvas.paragraph(left_out_line(result), 2, 4, Ink::Dim);
  write_programs(canvas, result);
  write_ignored(canvas, result);
  for (const std::string& loss : result.measured.losses) canvas.paragraph("lost: " + clean(loss, 400), 2, 4, Ink::Warn);
}

}  // namespace

std::string render_text(const CheckResult& result, const ReportStyle& style) {
  Canvas canvas(style);
  const Verdict verdict = overall(result);
  canvas.paragraph("loopstall check " + verdict_line(result), 0, 2, ink_of(verdict));
  canvas.blank();
  write_table(canvas, result);
  write_offenders(canvas, result);
  write_rest(canvas, result);
  return canvas.take();
}

}  // namespace loopstall::check
