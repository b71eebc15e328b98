#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/split_parts.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"
#include "report/wall_clock.h"

namespace loopstall {
namespace {

constexpr std::size_t kRows = 10;

// Columns at which each cell ends; the loop's name starts at kLoop.
constexpr unsigned kLoop = 16, kBusy = 40, kOwn = 48, kUser = 54, kKernel = 62, kBlocked = 70, kRunQueue = 80;

std::string title(const Summary& summary) {
  if (summary.stalls_total <= kRows && summary.stalls.size() == summary.stalls_total) return "Stalls";
  return fmt::format("The worst {} of {} stalls", std::min(kRows, summary.stalls.size()),
                     format_count(summary.stalls_total));
}

void write_header(Canvas& canvas) {
  Line line;
  line.add("  start (UTC)", Ink::Dim).column(kLoop).add("loop", Ink::Dim).right("busy", kBusy, Ink::Dim);
  line.right("own", kOwn, Ink::Dim).right("user~", kUser, Ink::Dim).right("kernel~", kKernel, Ink::Dim);
  canvas.line(line.right("blocked", kBlocked, Ink::Dim).right("run queue", kRunQueue, Ink::Dim));
}

// The part that took most of it is what to look at.
Ink emphasis(std::uint64_t part, std::uint64_t busy, Ink ink) { return 2 * part > busy ? ink : Ink::Plain; }

void add_cpu(Line& line, const Stall& stall) {
  const Split& split = stall.split;
  if (!tells_user_from_kernel(split)) {
    line.right("cpu " + percent(split.cpu_ns, stall.busy_ns), kKernel,
               emphasis(split.cpu_ns, stall.busy_ns, Ink::User));
    return;
  }
  line.right(percent(split.user_ns(), stall.busy_ns), kUser, emphasis(split.user_ns(), stall.busy_ns, Ink::User));
  line.right(percent(split.kernel_ns(), stall.busy_ns), kKernel,
             emphasis(split.kernel_ns(), stall.busy_ns, Ink::Kernel));
}

std::string at_least(const Stall& stall, std::uint64_t ns) {
  return (stall.ongoing || stall.before_attach ? "≥" : "") + format_duration(ns);
}

std::uint64_t own_ns(const Stall& stall) { return stall.busy_ns - std::min(stall.busy_ns, stall.split.runqueue_ns); }

std::string_view remark(const Stall& stall) {
  if (stall.ongoing && stall.before_attach) return "└ began before loopstall attached, and still going on at the end";
  if (stall.ongoing) return "└ still going on when the session ended";
  return stall.before_attach ? "└ began before loopstall attached; timed from then on" : "";
}

void write_row(Canvas& canvas, const Stall& stall, const SessionInfo& info, std::string_view comm) {
  Line line;
  line.add("  ").add(time_of_day(epoch_ns(info, stall.start_ns))).column(kLoop).add(short_name(stall.pid, stall.tid));
  line.add(" ").add(clean(comm, kBusy - 9 > line.width() ? kBusy - 9 - line.width() : 0));
  line.right(at_least(stall, stall.busy_ns), kBusy, Ink::Bad).right(at_least(stall, own_ns(stall)), kOwn);
  add_cpu(line, stall);
  line.right(percent(stall.split.blocked_ns, stall.busy_ns), kBlocked,
             emphasis(stall.split.blocked_ns, stall.busy_ns, Ink::Blocked));
  line.right(percent(stall.split.runqueue_ns, stall.busy_ns), kRunQueue,
             emphasis(stall.split.runqueue_ns, stall.busy_ns, Ink::RunQueue));
  canvas.line(line);
  const std::string why = evidence_line(stall, canvas.columns() > kLoop + 2 ? canvas.columns() - kLoop - 2 : 0);
  if (!why.empty()) canvas.line(Line().column(kLoop).add("└ ").add(why, Ink::Bold));
  const std::string delayed = delayed_text(stall.delayed);
  if (!delayed.empty()) canvas.line(Line().column(kLoop).add("└ ").add(delayed));
  if (!remark(stall).empty()) canvas.line(Line().column(kLoop).add(remark(stall), Ink::Warn));
}

std::string_view comm_of(const Summary& summary, LoopId id) {
  const auto found = std::find_if(summary.loops.begin(), summary.loops.end(),
                                  [id](const LoopSummary& loop) { return loop.loop.id == id; });
  return found == summary.loops.end() ? "" : std::string_view(found->loop.comm);
}

}  // namespace

void write_stalls(Canvas& canvas, const Summary& summary) {
  if (summary.stalls.empty()) return;
  canvas.heading(title(summary), "longest first");
  write_header(canvas);
  std::for_each_n(summary.stalls.begin(), std::min(kRows, summary.stalls.size()),
                  [&](const Stall& stall) { write_row(canvas, stall, summary.info, comm_of(summary, stall.loop)); });
}

}  // namespace loopstall
