#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/units.h"
#include "check/outputs.h"
#include "report/text_names.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall::check {
namespace {

constexpr std::size_t kStackLines = 14, kLoopLines = 20;

std::size_t count_of(const CheckResult& result, Verdict verdict, Level level) {
  return static_cast<std::size_t>(std::count_if(result.findings.begin(), result.findings.end(), [&](const Finding& f) {
    return f.verdict == verdict && f.level == level;
  }));
}

std::string joined(const std::string& a, const std::string& b) { return a.empty() || b.empty() ? a + b : a + ", " + b; }

std::string counts(const CheckResult& result) {
  std::string text;
  const auto add = [&](Verdict verdict, Level level, std::string_view word) {
    if (const std::size_t n = count_of(result, verdict, level)) text = joined(text, fmt::format("{} {}", n, word));
  };
  add(Verdict::Fail, Level::Error, "broken");
  add(Verdict::Inconclusive, Level::Error, "undecided");
  add(Verdict::Fail, Level::Warn, "broken as a warning");
  add(Verdict::Inconclusive, Level::Warn, "undecided as a warning");
  const std::size_t kept = count_of(result, Verdict::Pass, Level::Error) + count_of(result, Verdict::Pass, Level::Warn);
  return joined(text, fmt::format("{} kept", kept));
}

std::uint64_t stalls_in(const CheckResult& result, std::size_t loop) {
  const Measured& m = result.measured;
  return static_cast<std::uint64_t>(std::count_if(m.stalls.begin(), m.stalls.end(), [&](const MeasuredStall& stall) {
    return stall.loop == loop && stall.own_ns >= m.threshold_ns;
  }));
}

// Without what the machine took, which is known of stalls.
std::uint64_t longest_own_ns(const CheckResult& result, std::size_t loop) {
  const Measured& m = result.measured;
  std::uint64_t longest = 0;
  for (const MeasuredStall& stall : m.stalls)
    if (stall.loop == loop) longest = std::max(longest, stall.own_ns);
  return longest ? longest : m.loops[loop].loop.own.max_ns();
}

std::string loop_line(const CheckResult& result, std::size_t i) {
  const MeasuredLoop& loop = result.measured.loops[i];
  const std::uint64_t stalls = stalls_in(result, i);
  const std::string run = result.measured.runs > 1 ? fmt::format("run {}, ", loop.run + 1) : "";
  return fmt::format("{}{} {}: {}, {} of {} and more, p99 {}, max {} of own time, {} busy", run, loop.loop.pid,
                     clean(loop.loop.comm, 16), counted(loop.loop.total.iterations, "iteration"),
                     counted(stalls, "stall"), round_duration(result.measured.threshold_ns),
                     format_duration(loop.loop.own.quantile_ns(0.99)), format_duration(longest_own_ns(result, i)),
                     percent1(loop.utilization));
}

}  // namespace

std::string verdict_line(const CheckResult& result) {
  const Measured& m = result.measured;
  return fmt::format("{}: {}; {} in {} of {}", verdict_name(overall(result)), counts(result),
                     counted(m.iterations, "iteration"), format_duration(m.duration_ns), counted(m.runs, "run"));
}

std::string left_out_line(const CheckResult& result) {
  const Measured& m = result.measured;
  std::string text = fmt::format("own time leaves out {} on the run queue, {} of busy time",
                                 format_duration(m.runqueue_ns), percent1(ratio(m.runqueue_ns, m.busy_ns)));
  text += fmt::format(", and {} of stalls that the machine took besides", format_duration(m.taken_ns));
  if (result.stolen_ns)
    text += fmt::format("; the hypervisor took at most {} of all CPUs", format_duration(*result.stolen_ns));
  return text;
}

std::string who_text(const Offender& offender) {
  const std::string times =
      offender.stalls.size() == 1 ? "once" : fmt::format("{} times", format_count(offender.stalls.size()));
  const std::string gil = offender.culprit.held_gil ? " (its thread held the GIL)" : "";
  return fmt::format("{}{}: {}, {}, {} of own time at most", name_and_place(offender.culprit.named(), 100), gil,
                     clean(cause_text(offender.cause), 160), times, format_duration(offender.worst_own_ns));
}

std::string advice_text(const Offender& offender) {
  if (!offender.advice) return "";
  const Advice& advice = *offender.advice;
  const std::string title = clean(advice.title, 200);
  return advice.remedy.empty() ? title : fmt::format("{} → {}", title, advice.remedy);
}

std::vector<std::string> stack_lines(const Offender& offender) {
  std::vector<std::string> lines;
  const Frame& culprit = offender.culprit.named();
  for (const Frame& frame : offender.stack) {
    if (frame.role == FrameRole::Loop) break;
    const bool named = frame.function == culprit.function && frame.file == culprit.file;
    const std::string place = long_place(frame, 60);
    lines.push_back(
        fmt::format("{} {}{}{}", named ? "▸" : " ", clean(frame.function, 60), place.empty() ? "" : "  ", place));
  }
  // The innermost frames tell least when there are many: the kernel's.
  if (lines.size() > kStackLines) lines.erase(lines.begin(), lines.end() - kStackLines);
  return lines;
}

std::vector<std::string> loop_lines(const CheckResult& result) {
  std::vector<std::size_t> order(result.measured.loops.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return stalls_in(result, a) > stalls_in(result, b); });
  std::vector<std::string> lines;
  for (const std::size_t i : order) {
    if (lines.size() == kLoopLines) {
      lines.push_back(fmt::format("{} more loops with no more stalls than these", order.size() - kLoopLines));
      break;
    }
    lines.push_back(loop_line(result, i));
  }
  return lines;
}

}  // namespace loopstall::check
