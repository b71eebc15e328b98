#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/units.h"
#include "report/text_names.h"
#include "report/text_sections.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

constexpr std::size_t kRows = 20;

// Columns at which each cell ends.
constexpr unsigned kName = 31, kCount = 41, kRate = 48, kHeld = 56, kP50 = 64, kP99 = 72, kMax = 80;

bool is_held(const RequestSummary& row) { return row.hold.count > 0; }

void write_header(Canvas& canvas) {
  Line line;
  line.add("  request", Ink::Dim).right("count", kCount, Ink::Dim).right("per s", kRate, Ink::Dim);
  line.right("held", kHeld, Ink::Dim).right("p50", kP50, Ink::Dim).right("p99", kP99, Ink::Dim);
  canvas.line(line.right("max", kMax, Ink::Dim));
}

std::string duration_if(bool known, std::uint64_t ns) { return known ? format_duration(ns) : "–"; }

void write_row(Canvas& canvas, const RequestSummary& row, const Summary& summary) {
  const Distribution& hold = row.hold;
  const auto ink = [&](std::uint64_t ns) { return ns >= summary.info.threshold_ns ? Ink::Bad : Ink::Plain; };
  const std::string name = request_text(row.name);
  Line line;
  line.add("  ").add(cut(name, kName - 2), Ink::Bold).right(format_count(row.count), kCount);
  line.right(decimal(row.per_second), kRate).right(duration_if(is_held(row), hold.sum_ns), kHeld);
  line.right(duration_if(is_held(row), hold.p50_ns), kP50, ink(hold.p50_ns));
  line.right(duration_if(is_held(row), hold.p99_ns), kP99, ink(hold.p99_ns));
  canvas.line(line.right(duration_if(is_held(row), hold.max_ns), kMax, ink(hold.max_ns)));
  if (display_columns(name) > kName - 2) canvas.paragraph(name, 4, 6, Ink::Dim);
  if (is_held(row) && hold.count < row.count)
    canvas.paragraph(fmt::format("held: of {} of them", format_count(hold.count)), 4, 6, Ink::Dim);
}

void write_left_out(Canvas& canvas, const std::vector<RequestSummary>& rows, std::size_t shown) {
  if (rows.size() == shown) return;
  const std::uint64_t count =
      std::accumulate(rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end(), std::uint64_t{0},
                      [](std::uint64_t sum, const RequestSummary& row) { return sum + row.count; });
  canvas.paragraph(fmt::format("… and {} more with {}; the JSON report has all", rows.size() - shown,
                               unbroken(counted(count, "request"))),
                   2, 4, Ink::Dim);
}

void write_table(Canvas& canvas, const Summary& summary) {
  const std::vector<RequestSummary>& rows = summary.requests;
  if (rows.empty()) return;
  write_header(canvas);
  const std::size_t shown = std::min(kRows, rows.size());
  std::for_each_n(rows.begin(), shown, [&](const RequestSummary& row) { write_row(canvas, row, summary); });
  write_left_out(canvas, rows, shown);
  if (std::none_of(rows.begin(), rows.end(), is_held))
    canvas.paragraph("For how long each held the loop can not be told from the reads.", 2, 4, Ink::Dim);
}

void write_unknown(Canvas& canvas, const RequestReads& reads) {
  if (reads.encrypted)
    canvas.paragraph(
        fmt::format("encrypted: {}, whose requests can not be told (TLS)", unbroken(counted(reads.encrypted, "read"))),
        2, 4);
  if (reads.not_told)
    canvas.paragraph(fmt::format("not told: {}, of another protocol, or begun before they were seen",
                                 unbroken(counted(reads.not_told, "read"))),
                     2, 4);
}

}  // namespace

std::string request_text(const RequestName& name) {
  if (name.protocol == Protocol::Other) return "(others)";
  return clean(name.text) + (name.cut ? "..." : "");
}

void write_requests(Canvas& canvas, const Summary& summary) {
  if (!summary.request_reads.measured) return;
  const bool any = std::any_of(summary.requests.begin(), summary.requests.end(), is_held);
  canvas.heading("Requests", any ? "most time first" : "most first");
  if (summary.requests.empty() && !summary.request_reads.encrypted && !summary.request_reads.not_told)
    canvas.paragraph("None were read.", 2, 4);
  write_table(canvas, summary);
  write_unknown(canvas, summary.request_reads);
}

}  // namespace loopstall
