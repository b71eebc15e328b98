#include <fmt/format.h>

#include "base/units.h"
#include "diff/formats.h"
#include "diff/text_sections.h"
#include "diff/words.h"
#include "report/text_canvas.h"
#include "report/text_units.h"
#include "report/utf8.h"
#include "report/wall_clock.h"

namespace loopstall {
namespace {

constexpr std::size_t kUnchangedShown = 10;
// Columns at which each cell ends.
constexpr unsigned kCount = 20, kRate = 28, kMean = 39, kP50 = 49, kP90 = 59, kP99 = 69, kMax = 79;

Ink ink_of(Verdict verdict) {
  if (verdict == Verdict::Worse || verdict == Verdict::New) return Ink::Bad;
  if (verdict == Verdict::Better || verdict == Verdict::Gone) return Ink::Good;
  return Ink::Dim;
}

void write_fact(Canvas& canvas, std::string_view name, const std::string& text) {
  constexpr unsigned kValue = 13;
  Line line;
  line.add("  ").add(name, Ink::Dim).column(kValue).add(text);
  if (line.width() <= canvas.columns()) return canvas.line(line);
  canvas.paragraph(unbroken(fmt::format("{:<{}}", name, kValue - 2)) + text, 2, kValue);
}

std::string session_text(const SessionInfo& info, std::size_t blocks) {
  return fmt::format("{}, {} from {} UTC, {} of time", clean(info.target, 30), format_duration(info.duration_ns),
                     date_and_time(info.start_realtime_ns), counted(blocks, "block"));
}

void write_titles(Canvas& canvas, std::string_view counted) {
  Line line;
  line.right(counted, kCount, Ink::Dim).right("per s", kRate, Ink::Dim).right("own mean", kMean, Ink::Dim);
  line.right("p50", kP50, Ink::Dim);
  canvas.line(line.right("p90", kP90, Ink::Dim).right("p99", kP99, Ink::Dim).right("max", kMax, Ink::Dim));
}

void write_side(Canvas& canvas, std::string_view name, const Side& side) {
  Line line;
  line.add("    ").add(name, Ink::Dim);
  if (!side.count) return canvas.line(line.right("–", kCount));
  line.right(format_count(side.count), kCount).right(decimal(side.per_s), kRate);
  line.right(format_duration(side.own_mean_ns), kMean);
  line.right(format_duration(side.values.p50_ns), kP50).right(format_duration(side.values.p90_ns), kP90);
  canvas.line(line.right(format_duration(side.values.p99_ns), kP99).right(format_duration(side.values.max_ns), kMax));
}

std::string interval_text(const Change& change) {
  return fmt::format("{} {} ({:+.0f} … {:+.0f} %)", name_of(change), change_text(change), (change.ratio.low - 1) * 100,
                     (change.ratio.high - 1) * 100);
}

std::string intervals(const Item& item) {
  std::string text;
  for (const Change& change : item.changes)
    if (change.worse || change.better) text += (text.empty() ? "" : ", ") + unbroken(interval_text(change));
  return text;
}

void write_item(Canvas& canvas, const Item& item) {
  const std::string_view verdict = verdict_name(item.verdict);
  const unsigned room = canvas.columns() - static_cast<unsigned>(verdict.size()) - 3;
  Line line;
  line.add("  ").add(cut(name_of(item), room - 2), Ink::Bold).right(verdict, canvas.columns(), ink_of(item.verdict));
  canvas.line(line);
  if (const std::string more = about(item); !more.empty()) canvas.paragraph(more, 4, 6, Ink::Dim);
  write_side(canvas, "before", item.before);
  write_side(canvas, "after", item.after);
  if (is_difference(item.verdict) && !item.changes.empty()) canvas.paragraph(intervals(item), 4, 6);
  if (const std::string waiting = waiting_text(item); !waiting.empty()) canvas.paragraph(waiting, 4, 6);
  if (item.verdict == Verdict::Untested) canvas.paragraph(how_much(item), 4, 6, Ink::Dim);
}

void write_items(Canvas& canvas, std::string_view title, std::string_view values, std::string_view unit,
                 const std::vector<Item>& items) {
  if (items.empty()) return;
  canvas.heading(title, values);
  write_titles(canvas, unit);
  std::size_t unchanged = 0;
  for (const Item& item : items)
    if (is_difference(item.verdict) || unchanged++ < kUnchangedShown) write_item(canvas, item);
  if (unchanged <= kUnchangedShown) return;
  canvas.paragraph(fmt::format("… and {} more without a difference; the JSON has all", unchanged - kUnchangedShown), 2,
                   4, Ink::Dim);
}

void write_head(Canvas& canvas, const Diff& diff) {
  const bool bad = count_of(diff, Verdict::Worse) > 0;
  canvas.paragraph(std::string(verdict_mark(diff)) + " " + verdict_text(diff), 0, 2, bad ? Ink::Bad : Ink::Bold);
  canvas.blank();
  write_fact(canvas, "before", session_text(diff.sessions[0], diff.blocks[0]));
  write_fact(canvas, "after", session_text(diff.sessions[1], diff.blocks[1]));
  write_fact(canvas, "test", method_text(diff));
  for (const std::string& note : diff.notes) write_fact(canvas, "note", clean(note));
  for (std::size_t i = 0; i < 2; ++i)
    if (diff.blocks[i] && diff.tasks_without_blocks[i])
      write_fact(canvas, "note",
                 fmt::format("{} of {} have no blocks of time, for want of room: not tested",
                             counted(diff.tasks_without_blocks[i], "task"), i ? "after" : "before"));
}

}  // namespace

std::string render_diff_text(const Comparison& comparison, const ReportStyle& style) {
  const Diff& diff = comparison.diff;
  Canvas canvas(style);
  write_head(canvas, diff);
  write_items(canvas, "Tasks", "hold times of steps", "steps", diff.tasks);
  write_items(canvas, "Loops", "own times of iterations", "iterations", diff.loops);
  write_requests(canvas, diff);
  return canvas.take();
}

}  // namespace loopstall
