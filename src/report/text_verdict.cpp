#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "diagnosis/diagnosis.h"
#include "report/text_names.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

constexpr std::size_t kOngoingShown = 3;

std::uint64_t longest_busy(const Summary& summary) {
  std::uint64_t longest = summary.stalls.empty() ? 0 : summary.stalls.front().busy_ns;
  for (const LoopSummary& loop : summary.loops) longest = std::max(longest, loop.busy.max_ns);
  return longest;
}

// Where most of a stall's time went; nothing if no part has the majority.
std::string main_part(const Stall& stall) {
  const auto& causes = stall.evidence->causes;
  if (!causes.empty() && 2 * causes.front().ns > stall.busy_ns && causes.front().cause.kind != CauseKind::Unknown)
    return clean(cause_text(causes.front().cause), 100);
  if (2 * stall.split.blocked_ns > stall.busy_ns) return "blocked (asleep in a call)";
  if (2 * stall.split.cpu_ns > stall.busy_ns) return "running on the CPU";
  if (2 * stall.split.runqueue_ns > stall.busy_ns) return "waiting for a CPU that others had";
  return "";
}

std::string main_clause(const Summary& summary) {
  const std::string part = summary.stalls.empty() ? "" : main_part(summary.stalls.front());
  return part.empty() ? "" : fmt::format(", mostly {}", part);
}

std::string on_loops(const Summary& summary) {
  if (summary.loops.size() < 2) return "";
  const auto stalled = std::count_if(summary.loops.begin(), summary.loops.end(),
                                     [](const LoopSummary& loop) { return loop.loop.total.stalls > 0; });
  return fmt::format(" on {} of {} loops", stalled, summary.loops.size());
}

// Who was held: "the loop" where there is but one.
std::string held(const Summary& summary) {
  if (summary.loops.size() < 2 || summary.stalls.empty()) return "the loop";
  return full_name(summary.stalls.front().pid, summary.stalls.front().tid);
}

std::string stalled(const Summary& summary) {
  return fmt::format("✗ {} of {} or more in {}{}; {} held {} for {}{}", counted(summary.stalls_total, "stall"),
                     unbroken(round_duration(summary.info.threshold_ns)),
                     unbroken(format_duration(summary.info.duration_ns)), on_loops(summary),
                     summary.stalls_total == 1 ? "it" : "the longest", unbroken(held(summary)),
                     unbroken(format_duration(longest_busy(summary))), main_clause(summary));
}

std::string healthy(const Summary& summary) {
  return fmt::format("✓ No stalls: in {} no iteration reached {}; the longest took {}",
                     unbroken(format_duration(summary.info.duration_ns)),
                     unbroken(round_duration(summary.info.threshold_ns)),
                     unbroken(format_duration(longest_busy(summary))));
}

// Where it is.
std::string now_in(const Stall& stall) {
  const Culprit& culprit = stall.evidence->culprit;
  if (!culprit.known()) return "";
  return fmt::format(" {} {}.", culprit.held_gil ? "The GIL was held by" : "It is in",
                     unbroken(name_and_place(culprit.named(), 60)));
}

void write_ongoing(Canvas& canvas, const Stall& stall) {
  const std::string_view since = stall.before_attach ? ", and longer: it was held before loopstall attached" : "";
  canvas.paragraph(fmt::format("Still held when the session ended: {} has not returned to its loop for {}{}.{}",
                               unbroken(full_name(stall.pid, stall.tid)), unbroken(format_duration(stall.busy_ns)),
                               since, now_in(stall)),
                   2, 2, Ink::Bad);
}

void write_all_ongoing(Canvas& canvas, const std::vector<Stall>& stalls) {
  std::size_t count = 0;
  for (const Stall& stall : stalls)
    if (stall.ongoing && ++count <= kOngoingShown) write_ongoing(canvas, stall);
  if (count > kOngoingShown)
    canvas.paragraph(fmt::format("… and {} more loops.", count - kOngoingShown), 2, 2, Ink::Bad);
}

constexpr std::string_view kNextSteps[] = {
    "`loopstall doctor PID` tells what can be measured of this process",
    "`loopstall attach :PORT` finds out who serves the port that clients use",
    "measure while there is load, or longer with -d",
};

void write_no_loop(Canvas& canvas, const Summary& summary) {
  canvas.paragraph(fmt::format("? No event loop seen in {}", unbroken(format_duration(summary.info.duration_ns))), 0, 2,
                   Ink::Warn);
  canvas.paragraph("No thread of the target waited for events again and again (epoll, poll, select, io_uring).", 2, 2);
  if (!summary.unconfirmed.empty())
    canvas.paragraph("Some threads wait, but not as an event loop does; they are listed below with the reason.", 2, 2);
  canvas.blank();
  canvas.paragraph("What to do next:", 2, 2);
  for (std::string_view step : kNextSteps) canvas.paragraph(fmt::format("· {}", step), 2, 4);
}

}  // namespace

void write_verdict(Canvas& canvas, const Summary& summary) {
  if (summary.loops.empty()) return write_no_loop(canvas, summary);
  const bool any = summary.stalls_total > 0;
  canvas.paragraph(any ? stalled(summary) : healthy(summary), 0, 2, any ? Ink::Bad : Ink::Good);
  write_all_ongoing(canvas, summary.stalls);
  write_blame(canvas, summary);
}

}  // namespace loopstall
