#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

constexpr std::size_t kTooFew = 3;  // points
constexpr unsigned kStart = 15, kWidest = 100;

double utilization(const LoopCounters& counters) {
  const auto busy = static_cast<double>(counters.busy_ns), idle = static_cast<double>(counters.idle_ns);
  return busy + idle > 0 ? busy / (busy + idle) : 0;
}

// Few points are drawn wide, many are merged.
unsigned columns_for(std::size_t points, unsigned room) {
  const auto n = static_cast<unsigned>(points);
  return n >= room ? room : n * std::max(1U, std::min(6U, room / n));
}

// The points that a column stands for.
LoopCounters merged(const std::vector<TimelinePoint>& points, unsigned column, unsigned columns) {
  const std::size_t first = column * points.size() / columns;
  const std::size_t last = std::max(first + 1, (column + 1) * points.size() / columns);
  LoopCounters sum;
  for (std::size_t i = first; i < last; ++i) sum += points[i].counters;
  return sum;
}

std::string_view level(const LoopCounters& counters) {
  constexpr std::string_view kLevels[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  if (counters.busy_ns + counters.idle_ns == 0) return " ";
  return kLevels[std::clamp(std::lround(utilization(counters) * 8 - 0.5), 0L, 7L)];
}

double peak(const std::vector<TimelinePoint>& points) {
  double highest = 0;
  for (const TimelinePoint& point : points) highest = std::max(highest, utilization(point.counters));
  return highest;
}

void write_axis(Canvas& canvas, const std::vector<TimelinePoint>& points, unsigned columns, std::uint64_t start_ns) {
  Line line;
  const std::uint64_t first = points.front().start_ns;
  line.column(kStart).add(first > start_ns ? time_between(start_ns, first) : "0 s", Ink::Dim);
  canvas.line(line.right(time_between(start_ns, points.back().end_ns), kStart + columns, Ink::Dim));
}

void write_marks(Canvas& canvas, const std::vector<LoopCounters>& columns) {
  Line line;
  line.add("  ").add("stalls", Ink::Dim).column(kStart);
  for (const LoopCounters& column : columns) line.add(column.stalls ? "▲" : " ", Ink::Bad);
  canvas.line(line);
}

}  // namespace

void write_timeline(Canvas& canvas, const LoopSummary& loop, std::uint64_t session_start_ns) {
  const std::vector<TimelinePoint>& points = loop.loop.timeline;
  if (points.size() < kTooFew) return;
  const unsigned room = std::min(canvas.columns(), kWidest),
                 count = columns_for(points.size(), room > 30 ? room - 30 : 4);
  std::vector<LoopCounters> columns;
  for (unsigned i = 0; i < count; ++i) columns.push_back(merged(points, i, count));
  Line line;
  line.add("  ").add("utilization", Ink::Dim).column(kStart);
  for (const LoopCounters& column : columns) line.add(level(column), column.stalls ? Ink::Bad : Ink::User);
  canvas.blank();
  canvas.line(line.add(fmt::format("  peak {}", percent1(peak(points))), Ink::Dim));
  if (loop.loop.total.stalls) write_marks(canvas, columns);
  write_axis(canvas, points, count, session_start_ns);
}

}  // namespace loopstall
