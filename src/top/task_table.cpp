#include <fmt/format.h>

#include <array>

#include "base/units.h"
#include "report/text_names.h"
#include "report/text_units.h"
#include "report/utf8.h"
#include "top/hold_columns.h"
#include "top/names.h"
#include "top/tables.h"

namespace loopstall::top {
namespace {

const SourceName& source_of(const TaskSummary& row) { return row.handler.name.empty() ? row.task.source : row.handler; }

std::string name_of(const TaskSummary& row) {
  const SourceName& source = source_of(row);
  if (row.task.kind == TaskKind::Other) return "(other tasks)";
  return source.name.empty() ? "(its name is not known)" : source.name;
}

Frame frame_of(const TaskSummary& row) {
  const SourceName& source = source_of(row);
  return {.kind = FrameKind::Python, .function = name_of(row), .file = source.file, .line = source.line};
}

std::string loop_of(const TaskSummary& row) {
  return fmt::format("{} {}", row.pid == row.tid ? row.pid : row.tid, clean(row.comm, 15));
}

// "~" marks numbers that hold steps which are known from samples only.
std::string steps_of(const TaskSummary& row) {
  return (row.estimated_steps ? "~" : "") + format_count(row.total.steps);
}

template <std::uint64_t Distribution::*Part>
constexpr auto quantile = hold_column<TaskSummary, Part>;

using Rows = std::array<Column<TaskSummary>, 14>;
const Rows kColumns{{
    {{'n', "who", "its handler where that is told, else the task", 0, 0, true},
     nullptr,
     [](const TaskSummary& row, const Summary&) { return name_of(row); }},
    {{'d', "kind", "task, callback, timer or signal", 10, 8, true},
     nullptr,
     [](const TaskSummary& row, const Summary&) { return std::string(task_kind_name(row.task.kind)); }},
    {{'l', "loop", "the thread of its loop", 17, 10, true},
     nullptr,
     [](const TaskSummary& row, const Summary&) { return loop_of(row); }},
    {{'e', "steps", "how many it ran; ~ some are estimated from samples", 9, 5},
     [](const TaskSummary& row) { return as_double(row.total.steps); },
     [](const TaskSummary& row, const Summary&) { return steps_of(row); }},
    {{'s', "steps/s", "steps a second, while they were counted", 9, 4},
     [](const TaskSummary& row) { return row.steps_per_s; },
     [](const TaskSummary& row, const Summary&) { return decimal(row.steps_per_s); }},
    {{'t', "total", "how long its steps held the loop, together", 9, 1},
     [](const TaskSummary& row) { return as_double(row.total.hold_ns); },
     [](const TaskSummary& row, const Summary&) { return format_duration(row.total.hold_ns); }},
    {{'h', "share", "of its loop's busy time", 8, 3},
     [](const TaskSummary& row) { return row.share; },
     [](const TaskSummary& row, const Summary&) { return percent1(row.share); }},
    {{'b', "blame", "the queue delay that its steps inflicted on sockets", 9, 7},
     [](const TaskSummary& row) { return as_double(row.total.blame.total_ns); },
     [](const TaskSummary& row, const Summary& summary) {
       return summary.knows_blame ? format_duration(row.total.blame.total_ns) : "–";
     }},
    quantile<&Distribution::p50_ns>('p', "p50", "half of its steps were as short as this", 4),
    quantile<&Distribution::p90_ns>('0', "p90", "90 % of them were", 7),
    quantile<&Distribution::p99_ns>('9', "p99", "99 % of them were", 2),
    quantile<&Distribution::p999_ns>('.', "p99.9", "99.9 % of them were", 9),
    quantile<&Distribution::max_ns>('m', "max", "the longest step", 1),
    {{'x', "stalls", "steps that reached the threshold by themselves", 8, 6},
     [](const TaskSummary& row) { return as_double(row.total.stalls); },
     [](const TaskSummary& row, const Summary&) { return row.total.stalls ? format_count(row.total.stalls) : "–"; },
     [](const TaskSummary& row, const Summary&) { return row.total.stalls ? Ink::Bad : Ink::Plain; }},
}};

std::string split_text(const TaskCounters& total) {
  const Split& split = total.split;
  return fmt::format("CPU {} · blocked {} · run queue {}", percent(split.cpu_ns, total.hold_ns),
                     percent(split.blocked_ns, total.hold_ns), percent(split.runqueue_ns, total.hold_ns));
}

std::string outer_text(const TaskSummary& row) {
  const bool rest = row.handler.name.empty() && row.total.steps < row.task.total.steps;
  if (rest) return std::string(task_kind_name(row.task.kind)) + ", steps whose handler is not told";
  if (row.handler.name.empty()) return std::string(task_kind_name(row.task.kind));
  return "in " + clean(row.task.source.name, 60);
}

}  // namespace

std::span<const Column<TaskSummary>> task_columns() { return kColumns; }

void write_task(Line& line, const TaskSummary& row, unsigned columns, bool selected) {
  const bool own = row.task.role == FrameRole::User || !row.handler.name.empty();
  write_function(line, frame_of(row), columns, selected || own ? Ink::Bold : Ink::Plain);
}

void write_details(Canvas& canvas, const TaskSummary& row) {
  const unsigned room = canvas.columns() > 4 ? canvas.columns() - 4 : 0;
  canvas.line(
      Line().add("  ").add(clean(name_of(row)) + " ", Ink::Bold).add(long_place(frame_of(row), room), Ink::Dim));
  Line line;
  line.add("  ").add(outer_text(row)).add(" on " + loop_of(row)).add(" · ").add(split_text(row.total), Ink::Dim);
  canvas.line(line);
}

}  // namespace loopstall::top
