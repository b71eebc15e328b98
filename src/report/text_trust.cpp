#include <fmt/format.h>

#include "base/units.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

// The first few iterations of a thread that never left its CPU have no measured CPU time: too few to bother a reader.
Lost worth_telling(Lost lost, const std::vector<LoopSummary>& loops) {
  std::uint64_t iterations = 0;
  for (const LoopSummary& loop : loops) iterations += loop.loop.total.iterations;
  if (lost.split_incomplete * 1000 <= iterations) lost.split_incomplete = 0;
  return lost;
}

void write_lost(Canvas& canvas, const Lost& lost) {
  if (lost == Lost{}) return;
  canvas.heading("Lost", "what the numbers above miss");
  for (const LostKind& kind : lost_kinds()) {
    if (lost.*kind.member == 0) continue;
    const std::string count = fmt::format("{:>7}", unbroken(format_count(lost.*kind.member)));
    canvas.paragraph(fmt::format("{}  {}", unbroken(count), kind.text), 2, 11, Ink::Warn);
  }
}

void write_notes(Canvas& canvas, const std::vector<std::string>& notes) {
  if (notes.empty()) return;
  canvas.heading("Notes");
  for (const std::string& note : notes) canvas.paragraph("· " + clean(note), 2, 4);
}

std::string bpf_cost(const Cost& cost) {
  if (cost.bpf_timed_hits == 0 || cost.bpf_hits == 0) return fmt::format("{} BPF runs", format_count(cost.bpf_hits));
  return fmt::format("{} BPF runs of {}", format_count(cost.bpf_hits),
                     unbroken(format_duration(cost.bpf_run_ns / cost.bpf_hits)));
}

double share(std::uint64_t part, std::uint64_t whole) {
  return whole ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

void write_cost(Canvas& canvas, const Summary& summary) {
  const Cost& cost = summary.cost;
  canvas.blank();
  canvas.paragraph(
      fmt::format("own cost: {}; collector CPU {}, {}, maps {}", bpf_cost(cost),
                  unbroken(percent1(share(cost.collector_cpu_ns, summary.info.duration_ns))),
                  unbroken(format_bytes(cost.collector_rss_bytes)), unbroken(format_bytes(cost.map_bytes))),
      2, 4, Ink::Dim);
}

}  // namespace

void write_trust(Canvas& canvas, const Summary& summary) {
  write_lost(canvas, worth_telling(summary.lost, summary.loops));
  write_notes(canvas, summary.notes);
  write_cost(canvas, summary);
}

}  // namespace loopstall
