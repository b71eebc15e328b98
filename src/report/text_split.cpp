#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "report/split_parts.h"
#include "report/text_sections.h"
#include "report/text_units.h"

namespace loopstall {
namespace {

constexpr unsigned kIndent = 2, kWidest = 100;

void write_bar(Canvas& canvas, const std::vector<SplitPart>& parts) {
  const unsigned columns = std::min(canvas.columns(), kWidest) - std::min(canvas.columns(), 2 * kIndent);
  const std::vector<unsigned> widths = bar_widths(parts, columns);
  Line line;
  line.column(kIndent);
  for (std::size_t i = 0; i < parts.size(); ++i) line.add(repeat(parts[i].block, widths[i]), parts[i].ink);
  canvas.line(line);
}

void write_legend(Canvas& canvas, const std::vector<SplitPart>& parts, std::uint64_t busy_ns) {
  Line line;
  for (const SplitPart& part : parts) {
    if (!part.ns && !part.shown_empty) continue;
    line.add("  ").add(part.block, part.ink);
    line.add(fmt::format(" {} ", part.name)).add(percent(part.ns, busy_ns), Ink::Bold);
  }
  canvas.line(line);
}

std::string title(const LoopSummary& loop) {
  const Split& split = loop.loop.total.split;
  const std::uint64_t samples = split.user_samples + split.kernel_samples;
  const std::string note =
      tells_user_from_kernel(split) ? fmt::format("   (~ estimated from {})", counted(samples, "sample")) : "";
  return fmt::format("where the {} of busy time went{}", format_duration(loop.loop.total.busy_ns), note);
}

}  // namespace

void write_split(Canvas& canvas, const LoopSummary& loop) {
  if (loop.loop.total.busy_ns == 0) return;
  const std::vector<SplitPart> parts = split_parts(loop.loop.total.split, loop.loop.total.busy_ns);
  canvas.blank();
  canvas.line(Line().add("  ").add(title(loop), Ink::Dim));
  write_bar(canvas, parts);
  write_legend(canvas, parts, loop.loop.total.busy_ns);
}

}  // namespace loopstall
