#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "diagnosis/diagnosis.h"
#include "report/text_names.h"
#include "report/text_sections.h"
#include "report/verdict.h"

namespace loopstall {
namespace {

constexpr std::size_t kOngoingShown = 3;

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
  canvas.paragraph("? " + verdict_text(summary), 0, 2, Ink::Warn);
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
  canvas.paragraph((any ? "✗ " : "✓ ") + verdict_text(summary), 0, 2, any ? Ink::Bad : Ink::Good);
  write_all_ongoing(canvas, summary.stalls);
  write_blame(canvas, summary);
}

}  // namespace loopstall
