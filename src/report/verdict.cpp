#include "report/verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "diagnosis/diagnosis.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

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

std::string who_waited(const Summary& summary) {
  const std::string text = summary.stalls.empty() ? "" : delayed_text(summary.stalls.front().delayed);
  return text.empty() ? "" : ": " + text;
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
  return fmt::format("{} of {} or more in {}{}; {} held {} for {}{}{}", counted(summary.stalls_total, "stall"),
                     unbroken(round_duration(summary.info.threshold_ns)),
                     unbroken(format_duration(summary.info.duration_ns)), on_loops(summary),
                     summary.stalls_total == 1 ? "it" : "the longest", unbroken(held(summary)),
                     unbroken(format_duration(longest_busy(summary))), who_waited(summary), main_clause(summary));
}

std::string healthy(const Summary& summary) {
  return fmt::format("No stalls: in {} no iteration reached {}; the longest took {}",
                     unbroken(format_duration(summary.info.duration_ns)),
                     unbroken(round_duration(summary.info.threshold_ns)),
                     unbroken(format_duration(longest_busy(summary))));
}

std::string no_loop(const Summary& summary) {
  return fmt::format("No event loop seen in {}", unbroken(format_duration(summary.info.duration_ns)));
}

}  // namespace

std::string verdict_text(const Summary& summary) {
  if (summary.loops.empty()) return no_loop(summary);
  return summary.stalls_total > 0 ? stalled(summary) : healthy(summary);
}

std::string_view tier_text(Tier tier) {
  switch (tier) {
    case Tier::Iterations:
      return "every iteration is timed; what ran in it is not named";
    case Tier::Stacks:
      return "every iteration is timed; stalls show the stack in charge";
    case Tier::Tasks:
      return "every task step is timed and named while it is probed";
  }
  return "";
}

}  // namespace loopstall
