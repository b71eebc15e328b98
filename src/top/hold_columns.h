// Columns of rows that held the loop so and so long: those with a Distribution `hold`.
#pragma once

#include "base/units.h"
#include "report/text_units.h"
#include "top/columns.h"

namespace loopstall::top {

template <class Row, std::uint64_t Distribution::*Part>
double hold_number(const Row& row) {
  return as_double(row.hold.*Part);
}

// It may be known of none.
template <class Row, std::uint64_t Distribution::*Part>
std::string hold_text(const Row& row, const Summary&) {
  return row.hold.count ? format_duration(row.hold.*Part) : "–";
}

// In red from the threshold on.
template <class Row, std::uint64_t Distribution::*Part>
constexpr Column<Row> hold_column(char key, std::string_view title, std::string_view meaning, unsigned rank) {
  return {{key, title, meaning, 9, rank},
          hold_number<Row, Part>,
          hold_text<Row, Part>,
          [](const Row& row, const Summary& summary) {
            return row.hold.*Part >= summary.info.threshold_ns ? Ink::Bad : Ink::Plain;
          }};
}

}  // namespace loopstall::top
