#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/units.h"
#include "report/text_names.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

constexpr std::size_t kRows = 15;

// Columns at which each cell ends.
constexpr unsigned kWho = 31, kSteps = 40, kShare = 48, kP50 = 56, kP99 = 64, kMax = 72, kStalls = 80;

void write_header(Canvas& canvas, const Summary& summary) {
  Line line;
  line.add("  who", Ink::Dim).right("steps", kSteps, Ink::Dim).right("of busy", kShare, Ink::Dim);
  line.right(summary.knows_blame ? "blame" : "p50", kP50, Ink::Dim);
  line.right("p99", kP99, Ink::Dim).right("max", kMax, Ink::Dim);
  canvas.line(line.right("stalls", kStalls, Ink::Dim));
}

bool has_handler(const TaskSummary& row) { return !row.handler.name.empty(); }

// The user's own code comes first: of a framework's task it is the handler.
const SourceName& whose(const TaskSummary& row) { return has_handler(row) ? row.handler : row.task.source; }

std::string name_of(const TaskSummary& row) {
  const SourceName& who = whose(row);
  if (!who.name.empty()) return clean(who.name);
  return row.task.kind == TaskKind::Other ? "(other tasks)" : "(its name is not known)";
}

// Of a name that is too long the class loses its end: the place helps with that, and not with the function.
std::string fit(const std::string& name, unsigned columns) {
  const auto dot = name.rfind('.');
  const std::string function = dot == std::string::npos ? "" : name.substr(dot);
  const auto taken = static_cast<unsigned>(display_columns(function));
  if (display_columns(name) <= columns || function.size() < 2 || taken + 4 > columns) return cut(name, columns);
  return cut(name.substr(0, dot), columns - taken) + function;
}

// With the place where both fit; else the place is in the line below.
std::string who(const TaskSummary& row) {
  const std::string name = name_of(row), place = short_place(whose(row));
  const std::string both = place.empty() ? name : name + " " + place;
  return display_columns(both) <= kWho - 2 ? both : fit(name, kWho - 2);
}

std::string task_text(const SourceName& task) {
  return task.name.empty() ? "a task whose name is not known" : name_and_place(task, 60);
}

std::string_view kind_text(TaskKind kind) {
  if (kind == TaskKind::Task) return "";
  return kind == TaskKind::Other ? "all those that there was no room for" : task_kind_name(kind);
}

bool is_rest(const TaskSummary& row) { return !has_handler(row) && row.total.steps < row.task.total.steps; }

// What the row above does not say; "" if it says all.
std::string detail(const TaskSummary& row, bool several_loops) {
  std::string text;
  const auto add = [&text](std::string_view part) {
    if (!part.empty()) text.append(text.empty() ? "" : " · ").append(unbroken(part));
  };
  if (several_loops) add(full_name(row.pid, row.tid));
  const std::string place = short_place(whose(row));
  if (!who(row).ends_with(place)) add(cut(place, 40));
  add(kind_text(row.task.kind));
  if (has_handler(row)) add("in " + task_text(row.task.source));
  if (is_rest(row)) add("handler not told");
  return text;
}

Ink ink_of(std::uint64_t ns, const Summary& summary) { return ns >= summary.info.threshold_ns ? Ink::Bad : Ink::Plain; }

void write_row(Canvas& canvas, const TaskSummary& row, const Summary& summary) {
  const Distribution& hold = row.hold;
  const std::uint64_t stalls = row.total.stalls;
  Line line;
  line.add("  ").add(who(row), Ink::Bold);
  line.right((row.estimated_steps ? "~" : "") + format_count(row.total.steps), kSteps);
  line.right(percent1(row.share), kShare);
  if (summary.knows_blame)
    line.right(format_duration(row.total.blame.total_ns), kP50);
  else
    line.right(format_duration(hold.p50_ns), kP50, ink_of(hold.p50_ns, summary));
  line.right(format_duration(hold.p99_ns), kP99, ink_of(hold.p99_ns, summary));
  line.right(format_duration(hold.max_ns), kMax, ink_of(hold.max_ns, summary));
  canvas.line(line.right(stalls ? format_count(stalls) : "–", kStalls, stalls ? Ink::Bad : Ink::Plain));
  const std::string more = detail(row, summary.loops.size() > 1);
  if (!more.empty()) canvas.paragraph(more, 4, 6, Ink::Dim);
}

template <class Rows, class Value>
std::uint64_t sum_of(const Rows& rows, std::size_t first, Value value) {
  return std::accumulate(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end(), std::uint64_t{0},
                         [&](std::uint64_t sum, const auto& row) { return sum + value(row); });
}

void write_left_out(Canvas& canvas, const Summary& summary, std::size_t shown) {
  const std::size_t more = summary.tasks.size() - shown;
  if (more == 0) return;
  const std::uint64_t hold = sum_of(summary.tasks, shown, [](const TaskSummary& t) { return t.total.hold_ns; });
  const std::uint64_t busy = sum_of(summary.loops, 0, [](const LoopSummary& l) { return l.loop.tasks.busy_ns; });
  canvas.paragraph(fmt::format("… and {} more with {} of the busy time; the JSON report has all", more,
                               unbroken(percent1(ratio(hold, busy)))),
                   2, 4, Ink::Dim);
}

// Of all loops that have any.
void write_coverage(Canvas& canvas, const std::vector<LoopSummary>& loops) {
  std::uint64_t measured = 0, watched = 0;
  for (const LoopSummary& loop : loops) {
    measured += loop.loop.tasks.measured_ns;
    watched += loop.loop.tasks.measured_ns ? loop.watched_ns : 0;
  }
  const std::string part = format_duration(measured), all = format_duration(watched);
  if (part != all)
    canvas.paragraph(fmt::format("All steps in {} of {} of loop time.", unbroken(part), unbroken(all)), 2, 2, Ink::Dim);
}

}  // namespace

void write_tasks(Canvas& canvas, const Summary& summary) {
  const std::vector<TaskSummary>& tasks = summary.tasks;
  if (tasks.empty()) return;
  canvas.heading("Tasks", summary.knows_blame ? "most blame first" : "most time first");
  write_coverage(canvas, summary.loops);
  write_header(canvas, summary);
  const std::size_t shown = std::min(kRows, tasks.size());
  std::for_each_n(tasks.begin(), shown, [&](const TaskSummary& row) { write_row(canvas, row, summary); });
  write_left_out(canvas, summary, shown);
}

void write_steps(Canvas& canvas, const LoopSummary& loop) {
  const TaskCoverage& coverage = loop.loop.tasks;
  if (!coverage.measured_ns) return;
  const std::string part = format_duration(coverage.measured_ns), all = format_duration(loop.watched_ns);
  Line line;
  line.add("  tasks: ").add(counted(loop.steps, "step"), Ink::Bold);
  line.add(part == all ? fmt::format(", exact in all {}", all) : fmt::format(", exact in {} of {}", part, all));
  canvas.line(line.add(fmt::format(" · {} steps/iteration", decimal(loop.steps_per_iteration))));
}

}  // namespace loopstall
