#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/units.h"
#include "report/text_sections.h"
#include "report/text_units.h"

namespace loopstall {
namespace {

void write_discarded(Canvas& canvas, const LoopCounters& total) {
  if (total.discarded == 0) return;
  canvas.paragraph(fmt::format("{} discarded: the loop ended, or the thread went over to another loop, while they "
                               "ran; what followed was not this loop's work.",
                               counted(total.discarded, "iteration")),
                   2, 4, Ink::Dim);
}

// Stalls that the session's start or end cut short never ended as an iteration that was counted from start to end.
void write_cut_short(Canvas& canvas, const LoopSummary& loop, const std::vector<Stall>& stalls) {
  const auto missing = std::count_if(stalls.begin(), stalls.end(), [&](const Stall& stall) {
    return stall.loop == loop.loop.id && (stall.ongoing || stall.before_attach) && stall.busy_ns > loop.busy.max_ns;
  });
  if (missing == 0) return;
  canvas.paragraph(fmt::format("{} that the session's start or end cut short: listed below, but in none of the "
                               "percentiles above.",
                               counted(static_cast<std::uint64_t>(missing), "stall")),
                   2, 4, Ink::Warn);
}

void write_unaccounted(Canvas& canvas, const LoopSummary& loop) {
  const std::uint64_t busy = loop.loop.total.busy_ns;
  const auto gap = static_cast<std::uint64_t>(std::abs(loop.unaccounted_ns));
  if (gap * 100 <= busy) return;
  const std::string share = unbroken(percent(gap, busy));
  canvas.paragraph(loop.unaccounted_ns > 0
                       ? fmt::format("The rest, {} of the busy time, was booked by nobody: the virtual machine did "
                                     "not run, or interrupts were served.",
                                     share)
                       : fmt::format("The parts add up to {} more than the busy time: take them with care.", share),
                   2, 4, Ink::Warn);
}

}  // namespace

void write_life(Canvas& canvas, const Loop& loop, const Summary& summary) {
  const SessionInfo& info = summary.info;
  const std::string_view end = summary.recordings.empty() ? "Ended" : "Watched until";
  if (loop.seen_ns > info.start_ns + kSecond)
    canvas.paragraph(fmt::format("First seen {} after the start.", unbroken(time_between(info.start_ns, loop.seen_ns))),
                     2, 2);
  if (loop.closed_ns)
    canvas.paragraph(fmt::format("{} {} after the start.", end, unbroken(time_between(info.start_ns, loop.closed_ns))),
                     2, 2);
}

void write_caveats(Canvas& canvas, const LoopSummary& loop, const Summary& summary) {
  write_unaccounted(canvas, loop);
  write_cut_short(canvas, loop, summary.stalls);
  write_discarded(canvas, loop.loop.total);
}

}  // namespace loopstall
