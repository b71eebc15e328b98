#include <fmt/format.h>

#include "base/units.h"
#include "diff/text_sections.h"
#include "report/text_names.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

constexpr std::size_t kShown = 20;
// Columns at which each cell ends.
constexpr unsigned kCount = 20, kRate = 28, kMean = 39, kP50 = 49, kP90 = 59, kP99 = 69, kMax = 79;

void write_titles(Canvas& canvas) {
  Line line;
  line.right("requests", kCount, Ink::Dim).right("per s", kRate, Ink::Dim).right("held mean", kMean, Ink::Dim);
  line.right("p50", kP50, Ink::Dim).right("p90", kP90, Ink::Dim).right("p99", kP99, Ink::Dim);
  canvas.line(line.right("max", kMax, Ink::Dim));
}

void add_held(Line& line, const Distribution& hold) {
  const auto add = [&](std::uint64_t ns, unsigned end) { line.right(hold.count ? format_duration(ns) : "–", end); };
  add(hold.count ? hold.sum_ns / hold.count : 0, kMean);
  add(hold.p50_ns, kP50);
  add(hold.p90_ns, kP90);
  add(hold.p99_ns, kP99);
  add(hold.max_ns, kMax);
}

void write_side(Canvas& canvas, std::string_view name, const std::optional<RequestSummary>& side) {
  Line line;
  line.add("    ").add(name, Ink::Dim);
  if (!side) return canvas.line(line.right("–", kCount));
  line.right(format_count(side->count), kCount).right(decimal(side->per_second), kRate);
  add_held(line, side->hold);
  canvas.line(line);
}

}  // namespace

void write_requests(Canvas& canvas, const Diff& diff) {
  if (diff.requests.empty()) return;
  canvas.heading("Requests", "shown, not tested");
  write_titles(canvas);
  for (std::size_t i = 0; i < std::min(diff.requests.size(), kShown); ++i) {
    const RequestChange& change = diff.requests[i];
    canvas.line(Line().add("  ").add(cut(request_text(change.name), canvas.columns() - 2), Ink::Bold));
    write_side(canvas, "before", change.before);
    write_side(canvas, "after", change.after);
  }
  if (diff.requests.size() > kShown)
    canvas.paragraph(fmt::format("… and {} more; the JSON has all", diff.requests.size() - kShown), 2, 4, Ink::Dim);
}

}  // namespace loopstall
