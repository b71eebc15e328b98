#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

constexpr std::size_t kOverviewFrom = 3;  // with two loops, two blocks say the same
constexpr std::size_t kBlocksAtMost = 8;
constexpr std::size_t kBlocksOfMany = 3;
constexpr std::size_t kRows = 24;

// Columns at which each cell ends.
constexpr unsigned kIterations = 37, kBusy = 46, kP50 = 55, kP99 = 64, kMax = 73, kStalls = 80;

void write_header(Canvas& canvas) {
  Line line;
  line.add("  loop", Ink::Dim).right("iterations", kIterations, Ink::Dim).right("util.", kBusy, Ink::Dim);
  line.right("p50", kP50, Ink::Dim).right("p99", kP99, Ink::Dim).right("max", kMax, Ink::Dim);
  canvas.line(line.right("stalls", kStalls, Ink::Dim));
}

// Where nothing was counted there is no time to tell.
std::string duration_or_none(const Distribution& d, std::uint64_t ns) { return d.count ? format_duration(ns) : "–"; }

void write_row(Canvas& canvas, const LoopSummary& summary) {
  const Loop& loop = summary.loop;
  const Distribution& busy = summary.busy;
  const bool stalled = loop.total.stalls > 0;
  const Ink ink = stalled ? Ink::Bad : Ink::Plain;
  Line line;
  line.add("  ").add(short_name(loop.pid, loop.tid)).add(" ").add(clean(loop.comm, 15), Ink::Bold);
  line.right(format_count(loop.total.iterations), kIterations).right(percent1(summary.utilization), kBusy);
  line.right(duration_or_none(busy, busy.p50_ns), kP50).right(duration_or_none(busy, busy.p99_ns), kP99);
  line.right(duration_or_none(busy, busy.max_ns), kMax, ink);
  canvas.line(line.right(stalled ? format_count(loop.total.stalls) : "–", kStalls, ink));
}

// Of a merged session: what a percentile of the whole fleet is, no row tells.
void write_all_loops(Canvas& canvas, const Summary& summary) {
  const Distribution& busy = summary.busy;
  Line line;
  line.add("  all of them", Ink::Dim).right(format_count(busy.count), kIterations);
  line.right(duration_or_none(busy, busy.p50_ns), kP50).right(duration_or_none(busy, busy.p99_ns), kP99);
  line.right(duration_or_none(busy, busy.max_ns), kMax);
  canvas.line(line.right(summary.stalls_total ? format_count(summary.stalls_total) : "–", kStalls));
}

void write_left_out(Canvas& canvas, std::size_t count, std::string_view what) {
  canvas.paragraph(fmt::format("… {} {}; the JSON report has all", count, what), 2, 4, Ink::Dim);
}

}  // namespace

std::size_t blocks_shown(const Summary& summary) {
  const std::size_t loops = summary.loops.size();
  return loops > kBlocksAtMost ? kBlocksOfMany : loops;
}

void write_overview(Canvas& canvas, const Summary& summary) {
  const std::vector<LoopSummary>& loops = summary.loops;
  if (loops.size() < kOverviewFrom) return;
  canvas.heading(counted(loops.size(), "loop"), "worst first");
  write_header(canvas);
  const std::size_t rows = std::min(loops.size(), kRows);
  std::for_each_n(loops.begin(), rows, [&](const LoopSummary& loop) { write_row(canvas, loop); });
  if (rows < loops.size()) write_left_out(canvas, loops.size() - rows, "more loops with less stalled time");
  if (!summary.recordings.empty()) write_all_loops(canvas, summary);
  const std::size_t blocks = blocks_shown(summary);
  if (blocks == loops.size()) return;
  canvas.blank();
  canvas.paragraph(
      fmt::format("Details follow for the worst {}; those of the other {} are in the JSON report (-o x.json).", blocks,
                  loops.size() - blocks),
      2, 2, Ink::Dim);
}

}  // namespace loopstall
