#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

constexpr unsigned kFirstCell = 17, kCellWidth = 10;  // of the percentiles; the columns at which a cell ends

void write_heading(Canvas& canvas, const Loop& loop) {
  const std::string runtime = loop.runtime.empty() ? "" : " · " + clean(loop.runtime, 40);
  canvas.heading(fmt::format("{} · {}", clean(loop.comm, 15), full_name(loop.pid, loop.tid)),
                 std::string(wait_name(loop.wait)) + runtime);
}

void write_rates(Canvas& canvas, const LoopSummary& summary) {
  const LoopCounters& total = summary.loop.total;
  Line line;
  line.add("  ").add(total.stalls ? counted(total.stalls, "stall") : "no stalls", total.stalls ? Ink::Bad : Ink::Good);
  line.add(" · ").add(counted(total.iterations, "iteration"), Ink::Bold);
  if (total.iterations) {
    line.add(fmt::format(" · {}/s · ", decimal(summary.iterations_per_s)));
    line.add(percent1(summary.utilization), Ink::Bold).add(" busy");
    line.add(fmt::format(" · {} events/wait", decimal(summary.events_per_wait)));
  }
  canvas.line(line);
}

void write_percentiles_of(Canvas& canvas, std::string_view name, std::string_view note, const Distribution& d,
                          std::uint64_t threshold_ns) {
  Line line;
  line.add("  ").add(name, Ink::Bold);
  unsigned end = kFirstCell;
  for (std::uint64_t ns : {d.p50_ns, d.p90_ns, d.p99_ns, d.p999_ns, d.max_ns}) {
    line.right(format_duration(ns), end, ns >= threshold_ns ? Ink::Bad : Ink::Plain);
    end += kCellWidth;
  }
  canvas.line(line.add("  ").add(note, Ink::Dim));
}

void write_percentiles(Canvas& canvas, const LoopSummary& summary, std::uint64_t threshold_ns) {
  if (summary.busy.count == 0) return;
  Line header;
  unsigned end = kFirstCell;
  for (std::string_view name : {"p50", "p90", "p99", "p99.9", "max"}) {
    header.right(name, end, Ink::Dim);
    end += kCellWidth;
  }
  canvas.blank();
  canvas.line(header);
  write_percentiles_of(canvas, "busy", "", summary.busy, threshold_ns);
  write_percentiles_of(canvas, "own", "less run queue", summary.own, threshold_ns);
  const ArrivalWaits& waits = summary.arrival;
  write_percentiles_of(canvas, "arrival", "at a random moment",
                       {.max_ns = waits.max_ns,
                        .p50_ns = waits.p50_ns,
                        .p90_ns = waits.p90_ns,
                        .p99_ns = waits.p99_ns,
                        .p999_ns = waits.p999_ns,
                        .buckets = {}},
                       threshold_ns);
  if (summary.delay.count) write_percentiles_of(canvas, "queue", "ready until read", summary.delay, threshold_ns);
  if (summary.accept.count) write_percentiles_of(canvas, "accept", "until accepted", summary.accept, threshold_ns);
}

void write_loop(Canvas& canvas, const LoopSummary& loop, const Summary& summary) {
  write_heading(canvas, loop.loop);
  write_rates(canvas, loop);
  write_steps(canvas, loop);
  write_life(canvas, loop.loop, summary);
  write_percentiles(canvas, loop, summary.info.threshold_ns);
  write_histogram(canvas, loop, summary.info.threshold_ns);
  write_split(canvas, loop);
  write_timeline(canvas, loop, summary.info.start_ns);
  write_queue(canvas, loop);
  write_caveats(canvas, loop, summary);
}

}  // namespace

void write_loops(Canvas& canvas, const Summary& summary) {
  std::for_each_n(summary.loops.begin(), blocks_shown(summary),
                  [&](const LoopSummary& loop) { write_loop(canvas, loop, summary); });
}

}  // namespace loopstall
