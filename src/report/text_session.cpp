#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/units.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"
#include "report/verdict.h"
#include "report/wall_clock.h"

namespace loopstall {
namespace {

constexpr unsigned kValueColumn = 13;

void write_fact(Canvas& canvas, std::string_view name, std::string_view value) {
  canvas.line(Line().add("  ").add(name, Ink::Dim).column(kValueColumn).add(value));
}

// Why it is not more, once where loops share the reason.
void write_reasons(Canvas& canvas, const Summary& summary, Tier tier) {
  std::set<std::string_view> told;
  for (const LoopSummary& loop : summary.loops)
    if (loop.loop.tier == tier && !loop.loop.tier_reason.empty() && told.insert(loop.loop.tier_reason).second)
      canvas.paragraph(clean(loop.loop.tier_reason, 160), kValueColumn, kValueColumn, Ink::Dim);
}

void write_tier(Canvas& canvas, const Summary& summary, Tier tier) {
  const auto reached = std::count_if(summary.loops.begin(), summary.loops.end(),
                                     [tier](const LoopSummary& loop) { return loop.loop.tier == tier; });
  if (reached == 0) return;
  const bool all = static_cast<std::size_t>(reached) == summary.loops.size();
  const std::string of = all ? "" : fmt::format(" ({} of {} loops)", reached, summary.loops.size());
  write_fact(canvas, "tier", fmt::format("{}{}: {}", tier_name(tier), of, tier_text(tier)));
  write_reasons(canvas, summary, tier);
}

}  // namespace

void write_session(Canvas& canvas, const Summary& summary) {
  const SessionInfo& info = summary.info;
  canvas.blank();
  write_fact(canvas, "target", clean(info.target, 64));
  write_fact(canvas, "measured",
             fmt::format("{} from {} UTC", format_duration(info.duration_ns), date_and_time(info.start_realtime_ns)));
  write_fact(canvas, "threshold", fmt::format("{} of busy time make a stall", round_duration(info.threshold_ns)));
  for (Tier tier : {Tier::Iterations, Tier::Stacks, Tier::Tasks}) write_tier(canvas, summary, tier);
  write_fact(canvas, "with",
             fmt::format("loopstall {} on Linux {} {}", clean(info.version), clean(info.kernel), clean(info.machine)));
}

}  // namespace loopstall
