#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "report/histogram_rows.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

constexpr unsigned kLabelEnd = 17, kBarStart = 19, kCountWidth = 9, kShareWidth = 9;
constexpr std::uint64_t kTooFew = 3;  // the percentiles say it all

std::string_view unit_of(std::string_view duration) {
  return duration.substr(std::min(duration.size(), duration.find(' ')));
}

// "20 – 50 us", "500 us – 1 ms"
std::string range_label(const HistogramRow& row) {
  std::string low = round_duration(row.low_ns);
  const std::string high = round_duration(row.high_ns);
  if (unit_of(low) == unit_of(high)) low.resize(low.find(' '));
  return low + " – " + high;
}

// Length by the logarithm of the count: one stall among a million iterations must be seen.
std::string bar(std::uint64_t count, std::uint64_t most, unsigned columns) {
  constexpr std::string_view kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (count == 0) return "";
  const double share = std::log1p(static_cast<double>(count)) / std::log1p(static_cast<double>(most));
  const auto eighths = std::max(1L, std::lround(share * 8 * columns));
  return repeat("█", static_cast<std::size_t>(eighths / 8)).append(kEighths[eighths % 8]);
}

struct Scale {
  std::uint64_t most, sum_ns, threshold_ns, stalls;
  unsigned columns;
};

unsigned bar_columns(const Canvas& canvas) {
  constexpr unsigned kTaken = kBarStart + kCountWidth + kShareWidth;
  return canvas.columns() > kTaken + 10 ? std::min(canvas.columns() - kTaken, 72U) : 10;
}

void write_row(Canvas& canvas, const HistogramRow& row, const Scale& scale) {
  const Ink ink = row.low_ns >= scale.threshold_ns ? Ink::Bad : Ink::Plain;
  const unsigned count_end = kBarStart + scale.columns + kCountWidth;
  Line line;
  line.right(range_label(row), kLabelEnd).column(kBarStart).add(bar(row.count, scale.most, scale.columns), ink);
  line.right(format_count(row.count), count_end, ink);
  canvas.line(line.right(percent(row.sum_ns, scale.sum_ns), count_end + kShareWidth));
}

// A stall that has not ended is in no row.
std::string threshold_label(const Scale& scale, bool any_beyond) {
  const std::string label = fmt::format(" {} stall threshold", round_duration(scale.threshold_ns));
  if (any_beyond) return label + " ";
  return label + (scale.stalls ? ": none that ended reached it " : ": no iteration reached it ");
}

void write_threshold(Canvas& canvas, const Scale& scale, bool any_beyond) {
  const std::string label = threshold_label(scale, any_beyond);
  const unsigned width = scale.columns > display_columns(label) + 2 ? scale.columns - display_columns(label) - 2 : 0;
  Line line;
  line.column(kBarStart).add("┄┄", Ink::Dim).add(label, any_beyond ? Ink::Bad : Ink::Dim);
  canvas.line(line.add(repeat("┄", width), Ink::Dim));
}

void write_header(Canvas& canvas, const Scale& scale) {
  const unsigned count_end = kBarStart + scale.columns + kCountWidth;
  Line line;
  line.right("busy time", kLabelEnd, Ink::Dim).column(kBarStart).add("(bars on a log scale)", Ink::Dim);
  line.right("iterations", count_end, Ink::Dim);
  canvas.line(line.right("of time", count_end + kShareWidth, Ink::Dim));
}

// A gap among the rows is one line; the threshold's line is enough of a gap.
void write_rows(Canvas& canvas, const std::vector<HistogramRow>& rows, const Scale& scale) {
  bool below = true, gap = false;
  for (const HistogramRow& row : rows) {
    gap = gap || row.count == 0;
    if (row.count == 0) continue;
    const bool crosses = below && row.low_ns >= scale.threshold_ns;
    if (crosses) write_threshold(canvas, scale, true);
    if (gap && !crosses) canvas.line(Line().right("⋮", kLabelEnd, Ink::Dim));
    write_row(canvas, row, scale);
    below = below && !crosses;
    gap = false;
  }
  if (below) write_threshold(canvas, scale, false);
}

}  // namespace

void write_histogram(Canvas& canvas, const LoopSummary& loop, std::uint64_t threshold_ns) {
  if (loop.busy.count < kTooFew) return;
  const auto rows = histogram_rows(loop.busy, threshold_ns, loop.loop.total.stalls);
  const auto most = std::max_element(rows.begin(), rows.end(), [](auto& a, auto& b) { return a.count < b.count; });
  const Scale scale{most->count, loop.busy.sum_ns, threshold_ns, loop.loop.total.stalls, bar_columns(canvas)};
  canvas.blank();
  write_header(canvas, scale);
  write_rows(canvas, rows, scale);
}

}  // namespace loopstall
