#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/culprits.h"
#include "report/text_names.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

constexpr std::size_t kRows = 12, kInVerdict = 3;

// Columns at which each cell ends; the cause starts at kCause.
constexpr unsigned kCause = 30, kStalls = 48, kTotal = 56, kP50 = 64, kP99 = 72, kMax = 80;

std::string who(const Culprit& culprit, unsigned columns) {
  return culprit.known() ? name_and_place(culprit.named(), columns) : cut("(nobody is named)", columns);
}

std::string in_a_few_words(const Advice& advice) {
  const std::string title = clean(advice.title);
  return advice.remedy.empty() ? title : fmt::format("{} → {}", title, unbroken(advice.remedy));
}

void write_header(Canvas& canvas, bool blame) {
  Line line;
  line.add("  who", Ink::Dim).column(kCause).add("cause", Ink::Dim).right("stalls", kStalls, Ink::Dim);
  line.right("total", kTotal, Ink::Dim).right(blame ? "blame" : "p50", kP50, Ink::Dim).right("p99", kP99, Ink::Dim);
  canvas.line(line.right("max", kMax, Ink::Dim));
}

void write_row(Canvas& canvas, const StallGroup& group, bool blame) {
  const Histogram& busy = group.busy;
  Line line;
  line.add("  ").add(who(group.culprit, kCause - 3), group.culprit.known() ? Ink::Bad : Ink::Plain);
  line.column(kCause).add(cause_label(group.cause.kind)).right(format_count(busy.count()), kStalls);
  line.right(format_duration(busy.sum_ns()), kTotal)
      .right(format_duration(blame ? group.blame.total_ns : busy.quantile_ns(0.5)), kP50);
  canvas.line(line.right(format_duration(busy.quantile_ns(0.99)), kP99).right(format_duration(busy.max_ns()), kMax));
}

void write_handler(Canvas& canvas, const Culprit& culprit) {
  const Frame &handler = culprit.handler, &frame = culprit.frame;
  if (handler.function.empty() || frame.function.empty() || handler == frame) return;
  canvas.paragraph(fmt::format("{} {}", culprit.held_gil ? "in the thread of" : "in the handler",
                               unbroken(name_and_place(handler, 60))),
                   4, 6, Ink::Dim);
}

void write_advice(Canvas& canvas, const Advice& advice) {
  canvas.paragraph("seen: " + clean(advice.evidence, 160), 4, 6, Ink::Dim);
  canvas.paragraph(in_a_few_words(advice), 4, 6, Ink::Good);
  canvas.paragraph(clean(advice.text, 400), 4, 4);
}

void write_group(Canvas& canvas, const StallGroup& group, const Summary& summary) {
  write_row(canvas, group, summary.knows_blame);
  write_handler(canvas, group.culprit);
  if (const auto advice = advice_for(group, summary)) return write_advice(canvas, *advice);
  if (!group.culprit.known()) return canvas.paragraph(unnamed_text(group.culprit.unnamed), 4, 4, Ink::Dim);
  if (!group.cause.object.empty()) canvas.paragraph(clean(cause_text(group.cause), 120), 4, 6, Ink::Dim);
}

void write_rest(Canvas& canvas, const Summary& summary, std::size_t rows) {
  if (rows < summary.groups.size())
    canvas.paragraph(fmt::format("… {} more with less time; the JSON report has all", summary.groups.size() - rows), 2,
                     4, Ink::Dim);
  if (summary.stalls_not_grouped)
    canvas.paragraph(fmt::format("{} of further culprits, for which there was no room.",
                                 counted(summary.stalls_not_grouped, "stall")),
                     2, 4, Ink::Warn);
  const std::uint64_t told = summary.stalls_explained + summary.stalls_not_grouped;
  if (summary.stalls_total > told)
    canvas.paragraph(fmt::format("{} without any evidence.", counted(summary.stalls_total - told, "stall")), 2, 4,
                     Ink::Warn);
}

std::string sentence(const StallGroup& group, const std::optional<Advice>& advice) {
  const std::string times = group.busy.count() == 1 ? "once" : format_count(group.busy.count()) + " times";
  const std::string begin =
      fmt::format("blocked {}, {} in all", unbroken(times), unbroken(format_duration(group.busy.sum_ns())));
  const std::string why = advice ? in_a_few_words(*advice) : std::string(unnamed_text(group.culprit.unnamed));
  if (!group.culprit.known()) return begin + "; nobody is named: " + why;
  const std::string named = begin + ", by " + unbroken(name_and_place(group.culprit.named(), 60));
  return why.empty() ? named : named + ": " + why;
}

}  // namespace

void write_blame(Canvas& canvas, const Summary& summary) {
  const std::size_t shown = std::min(kInVerdict, summary.groups.size());
  std::for_each_n(summary.groups.begin(), shown, [&](const StallGroup& group) {
    canvas.paragraph(sentence(group, advice_for(group, summary)), 2, 4, Ink::Bold);
  });
}

void write_culprits(Canvas& canvas, const Summary& summary) {
  const std::vector<StallGroup>& groups = summary.groups;
  if (groups.empty()) return;
  canvas.heading("Culprits", summary.knows_blame ? "most blame first" : "most time first");
  write_header(canvas, summary.knows_blame);
  const std::size_t rows = std::min(kRows, groups.size());
  std::for_each_n(groups.begin(), rows, [&](const StallGroup& group) { write_group(canvas, group, summary); });
  write_rest(canvas, summary, rows);
}

}  // namespace loopstall
