#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "report/text_units.h"
#include "report/utf8.h"
#include "top/columns.h"
#include "top/parts.h"

namespace loopstall::top {
namespace {

// Not to be sorted by: a loop stays where it is.
constexpr ColumnShape kColumns[] = {
    {' ', "loop", "", 0, 0, true}, {' ', "now", "", 9, 1},    {' ', "history", "", 42, 6, true},
    {' ', "busy", "", 8, 4},       {' ', "iter/s", "", 9, 3}, {' ', "p50", "", 9, 3},
    {' ', "p99", "", 9, 2},        {' ', "max", "", 9, 1},    {' ', "stalls", "", 8, 2},
    {' ', "q. p99", "", 9, 5},
};
constexpr TableView kNoOrder{.sort = std::size(kColumns)};

double utilization(const LoopCounters& c) {
  const auto busy = static_cast<double>(c.busy_ns), idle = static_cast<double>(c.idle_ns);
  return busy + idle > 0 ? busy / (busy + idle) : 0;
}

Ink heat(double utilization) {
  if (utilization >= 0.9) return Ink::Bad;
  return utilization >= 0.7 ? Ink::Warn : Ink::Good;
}

// The youngest readings of the timeline.
void add_history(Line& line, const std::vector<TimelinePoint>& points, unsigned columns) {
  constexpr std::string_view kLevels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::size_t count = std::min<std::size_t>(points.size(), columns);
  for (std::size_t i = points.size() - count; i < points.size(); ++i) {
    const LoopCounters& c = points[i].counters;
    const auto level = std::clamp(std::lround(utilization(c) * 8 - 0.5), 0L, 7L);
    line.add(c.busy_ns + c.idle_ns ? kLevels[level] : " ", c.stalls ? Ink::Bad : Ink::User);
  }
}

struct Row {
  const LoopSummary& whole;
  const LoopSummary& second;
  const LoopSummary& shown;
  std::uint64_t threshold_ns;
};

void add_duration(Line& line, const Row& row, const ColumnShape& column, unsigned at, std::uint64_t ns) {
  const bool any = row.shown.busy.count > 0;
  add_cell(line, column, any ? format_duration(ns) : "–", at, any && ns >= row.threshold_ns ? Ink::Bad : Ink::Plain);
}

void add_column(Line& line, const Row& row, std::size_t number, unsigned at) {
  const ColumnShape& column = kColumns[number];
  const LoopSummary& shown = row.shown;
  switch (number) {
    case 1:
      return add_cell(line, column, percent1(row.second.utilization), at, heat(row.second.utilization));
    case 2:
      return add_history(line.column(at + 2), row.whole.loop.timeline, column.width - 2);
    case 3:
      return add_cell(line, column, percent1(shown.utilization), at, Ink::Plain);
    case 4:
      return add_cell(line, column, decimal(shown.iterations_per_s), at, Ink::Plain);
    case 5:
      return add_duration(line, row, column, at, shown.busy.p50_ns);
    case 6:
      return add_duration(line, row, column, at, shown.busy.p99_ns);
    case 7:
      return add_duration(line, row, column, at, shown.busy.max_ns);
    case 9:
      return add_cell(line, column, shown.delay.count ? format_duration(shown.delay.p99_ns) : "–", at, Ink::Plain);
    default:
      return add_cell(line, column, shown.loop.total.stalls ? format_count(shown.loop.total.stalls) : "–", at,
                      shown.loop.total.stalls ? Ink::Bad : Ink::Plain);
  }
}

void add_name(Line& line, const Loop& loop, unsigned room) {
  const std::string number = fmt::format("{} ", loop.tid), runtime = loop.runtime.empty() ? "" : "  " + loop.runtime;
  line.add("  ").add(number).add(clean(loop.comm, 15), Ink::Bold);
  if (loop.closed_ns) line.add(" (ended)", Ink::Dim);
  if (line.width() + 8 < room) line.add(clean(runtime, room - line.width()), Ink::Dim);
}

// The same loop in the other period; itself if it is not there (yet).
const LoopSummary& same(const std::vector<LoopSummary>& loops, const LoopSummary& loop) {
  const auto found =
      std::find_if(loops.begin(), loops.end(), [&](const LoopSummary& l) { return l.loop.id == loop.loop.id; });
  return found == loops.end() ? loop : *found;
}

// Loops that live first, then in the order in which they were seen: rows that jump about can not be read.
std::vector<const LoopSummary*> in_order(const std::vector<LoopSummary>& loops) {
  std::vector<const LoopSummary*> order;
  for (const LoopSummary& loop : loops) order.push_back(&loop);
  std::sort(order.begin(), order.end(), [](const LoopSummary* a, const LoopSummary* b) {
    return std::pair(a->loop.closed_ns != 0, a->loop.id) < std::pair(b->loop.closed_ns != 0, b->loop.id);
  });
  return order;
}

std::size_t rows_for(const Size& size) { return std::max<std::size_t>(1, size.rows < 12 ? 1 : size.rows / 5); }

}  // namespace

std::string_view period_text(Period period) { return period == Period::Whole ? "since the start" : "the last second"; }

void write_loops(Canvas& canvas, const Shown& shown, Period period, const Size& size) {
  const auto loops = in_order(shown.whole.loops);
  const auto columns = fitting(kColumns, kNoOrder.sort, size.columns);
  const unsigned room = room_for_first(kColumns, columns, size.columns);
  const std::size_t rows = std::min(loops.size(), rows_for(size));
  if (is_roomy(size)) canvas.heading(counted(loops.size(), "loop"), period_text(period));
  write_titles(canvas, kColumns, columns, kNoOrder);
  for (std::size_t i = 0; i < rows; ++i) {
    const LoopSummary &whole = *loops[i], &second = same(shown.second.loops, whole);
    Line line;
    add_name(line, whole.loop, room);
    unsigned at = room;
    for (const std::size_t c : std::span(columns).subspan(1)) {
      add_column(line, {whole, second, period == Period::Whole ? whole : second, shown.whole.info.threshold_ns}, c, at);
      at += kColumns[c].width;
    }
    canvas.line(line);
  }
  if (rows < loops.size() && is_roomy(size))
    canvas.line(Line().add(fmt::format("  … {} more", loops.size() - rows), Ink::Dim));
}

}  // namespace loopstall::top
