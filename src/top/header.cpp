#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/text_ongoing.h"
#include "report/text_units.h"
#include "report/utf8.h"
#include "top/parts.h"

namespace loopstall::top {
namespace {

constexpr std::size_t kOngoingShown = 3;

double share(std::uint64_t part, std::uint64_t whole) {
  return whole ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

// Whole seconds: the picture changes once in each.
std::string elapsed(std::uint64_t ns) { return round_duration((ns + kSecond / 2) / kSecond * kSecond); }

std::string cost_text(const Summary& whole) {
  const Cost& cost = whole.cost;
  const std::uint64_t duration = whole.info.duration_ns;
  return fmt::format("own cost: collector {} CPU, {}; probes {}", percent1(share(cost.collector_cpu_ns, duration)),
                     format_bytes(cost.collector_rss_bytes), percent1(share(cost.bpf_run_ns, duration)));
}

// What was lost, the report tells in words.
std::string_view losses(const Lost& lost) {
  const bool any = std::any_of(lost_kinds().begin(), lost_kinds().end(), [&](const LostKind& kind) {
    return lost.*kind.member > 0 && kind.member != &Lost::split_incomplete;  // as at the start of any measurement
  });
  return any ? "; losses: see the report" : "";
}

// In which part of the time steps were counted.
std::string coverage(const LoopSummary& loop) {
  const std::uint64_t counted = loop.loop.tasks.measured_ns;
  if (loop.loop.tier != Tier::Tasks) return clean(loop.loop.tier_reason, 160);
  return fmt::format("exact in {} of {}", format_duration(counted),
                     format_duration(std::max(counted, loop.watched_ns)));
}

// The best that a loop has.
std::string tier_text(const Summary& whole) {
  const auto best = std::max_element(whole.loops.begin(), whole.loops.end(),
                                     [](const auto& a, const auto& b) { return a.loop.tier < b.loop.tier; });
  if (best == whole.loops.end()) return "no event loop seen yet";
  const std::string more = coverage(*best);
  return fmt::format("tier {}{}", tier_name(best->loop.tier), more.empty() ? "" : ": " + more);
}

std::string whose(const OngoingStall& stall, const Summary& whole) {
  if (whole.loops.size() < 2) return "";
  const auto loop = std::find_if(whole.loops.begin(), whole.loops.end(),
                                 [&](const LoopSummary& l) { return l.loop.id == stall.loop; });
  return loop == whole.loops.end() ? "" : fmt::format("{} ", loop->loop.tid);
}

}  // namespace

void write_header(Canvas& canvas, const Shown& shown, const Size& size) {
  const Summary& whole = shown.whole;
  canvas.heading("loopstall top · " + clean(whole.info.target, 64), elapsed(whole.info.duration_ns));
  if (size.rows < 12) return;
  canvas.line(Line().add("  ").add(tier_text(whole)));
  canvas.line(Line().add("  ").add(cost_text(whole), Ink::Dim).add(losses(whole.lost), Ink::Warn));
}

void write_ongoing(Canvas& canvas, const Shown& shown, const Size& size) {
  const std::size_t lines = std::min(shown.ongoing.size(), is_roomy(size) ? kOngoingShown : 1);
  if (lines == 0) canvas.line(Line().add("● ", Ink::Good).add("no stall is going on", Ink::Dim));
  for (std::size_t i = 0; i < lines; ++i) {
    Line line;
    line.add("● ", Ink::Bad).add(whose(shown.ongoing[i], shown.whole), Ink::Bold);
    canvas.line(line.add(ongoing_text(shown.ongoing[i], size.columns - line.width()), Ink::Bad));
  }
}

}  // namespace loopstall::top
