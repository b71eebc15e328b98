#include <fmt/format.h>

#include <array>

#include "base/units.h"
#include "report/text_names.h"
#include "report/text_units.h"
#include "report/utf8.h"
#include "top/hold_columns.h"
#include "top/tables.h"

namespace loopstall::top {
namespace {

template <std::uint64_t Distribution::*Part>
constexpr auto quantile = hold_column<RequestSummary, Part>;

using Rows = std::array<Column<RequestSummary>, 9>;
const Rows kColumns{{
    {{'n', "request", "HTTP method and path, or Redis command", 0, 0, true},
     nullptr,
     [](const RequestSummary& row, const Summary&) { return request_text(row.name); }},
    {{'e', "count", "how many were read", 10, 1},
     [](const RequestSummary& row) { return as_double(row.count); },
     [](const RequestSummary& row, const Summary&) { return format_count(row.count); }},
    {{'s', "per s", "how many a second", 9, 2},
     [](const RequestSummary& row) { return row.per_second; },
     [](const RequestSummary& row, const Summary&) { return decimal(row.per_second); }},
    {{'t', "held", "how long they held the loop, together", 9, 2},
     hold_number<RequestSummary, &Distribution::sum_ns>,
     hold_text<RequestSummary, &Distribution::sum_ns>},
    quantile<&Distribution::p50_ns>('p', "p50", "half of them held it as shortly as this", 4),
    quantile<&Distribution::p90_ns>('0', "p90", "90 % of them did", 5),
    quantile<&Distribution::p99_ns>('9', "p99", "99 % of them did", 3),
    quantile<&Distribution::p999_ns>('.', "p99.9", "99.9 % of them did", 6),
    quantile<&Distribution::max_ns>('m', "max", "the longest", 1),
}};

std::string timed_text(const RequestSummary& row) {
  if (!row.hold.count) return "how long it held the loop is not known";
  if (row.hold.count == row.count) return "all timed";
  return fmt::format("{} of them timed", format_count(row.hold.count));
}

std::string loops_text(const RequestSummary& row, const Summary& summary) {
  std::string text;
  for (const auto& [place, count] : row.loops) {
    const Loop& loop = summary.loops[place].loop;
    text += fmt::format(" · {} on {} {}", format_count(count), loop.tid, clean(loop.comm, 15));
  }
  return text;
}

}  // namespace

std::span<const Column<RequestSummary>> request_columns() { return kColumns; }

void write_request(Line& line, const RequestSummary& row, unsigned columns, bool) {
  line.add(cut(request_text(row.name), columns), Ink::Bold);
}

void write_details(Canvas& canvas, const RequestSummary& row, const Summary& summary) {
  const unsigned room = canvas.columns() > 4 ? canvas.columns() - 4 : 0;
  canvas.line(Line().add("  ").add(cut(request_text(row.name), room), Ink::Bold));
  canvas.line(Line().add("  ").add(cut(timed_text(row) + loops_text(row, summary), room), Ink::Dim));
}

}  // namespace loopstall::top
