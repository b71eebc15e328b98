#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

constexpr std::size_t kRows = 8;
constexpr std::uint64_t kJoinedLate = 100 * kMillisecond;  // finding those who are there already takes a moment

bool came_late(const Process& process, const SessionInfo& info) {
  return process.seen_ns > info.start_ns + kJoinedLate;
}

bool came_or_went(const Process& process, const SessionInfo& info) {
  return came_late(process, info) || process.exited_ns != 0;
}

std::string story(const Process& process, const SessionInfo& info) {
  std::string text = fmt::format("pid {} {}", process.pid, clean(process.comm, 15));
  if (process.parent) text += fmt::format(" (child of {})", process.parent);
  const bool late = came_late(process, info);
  if (late) text += fmt::format(" joined {} after the start", unbroken(time_between(info.start_ns, process.seen_ns)));
  if (!process.exited_ns) return text;
  const std::string exited = unbroken(time_between(info.start_ns, process.exited_ns));
  return text + (late ? ", exited after " + exited : " exited " + exited + " after the start");
}

void write_more(Canvas& canvas, std::size_t all) {
  if (all > kRows) canvas.paragraph(fmt::format("… and {} more; the JSON report has all", all - kRows), 2, 4, Ink::Dim);
}

void write_comings(Canvas& canvas, const Summary& summary) {
  std::vector<const Process*> told;
  for (const Process& process : summary.processes)
    if (came_or_went(process, summary.info)) told.push_back(&process);
  if (told.empty()) return;
  canvas.heading("Processes that came or went");
  std::for_each_n(told.begin(), std::min(told.size(), kRows),
                  [&](const Process* process) { canvas.paragraph(story(*process, summary.info), 2, 4); });
  write_more(canvas, told.size());
}

void write_unconfirmed(Canvas& canvas, const Summary& summary) {
  const std::vector<LoopSummary>& loops = summary.unconfirmed;
  if (loops.empty()) return;
  canvas.heading("Threads that wait, but are no event loops", "not measured");
  std::for_each_n(loops.begin(), std::min(loops.size(), kRows), [&](const LoopSummary& waiting) {
    const Loop& loop = waiting.loop;
    canvas.paragraph(
        fmt::format("{} {} · {} · {}", unbroken(full_name(loop.pid, loop.tid)), unbroken(clean(loop.comm, 15)),
                    wait_name(loop.wait), clean(loop.unconfirmed_reason, 120)),
        2, 4);
  });
  write_more(canvas, loops.size());
}

}  // namespace

void write_processes(Canvas& canvas, const Summary& summary) {
  write_comings(canvas, summary);
  write_unconfirmed(canvas, summary);
}

}  // namespace loopstall
