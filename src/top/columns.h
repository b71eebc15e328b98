// Tables whose columns can be sorted by. The first column takes the room that the others leave.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/summary.h"
#include "report/text_canvas.h"
#include "top/view.h"

namespace loopstall::top {

struct ColumnShape {
  char key;  // that sorts by it
  std::string_view title, meaning;
  unsigned width;  // with the gap before it
  unsigned rank;   // where there is no room for all, columns of a higher rank go first
  bool text = false;
};

template <class Row>
struct Column {
  ColumnShape shape;
  double (*number)(const Row&);  // to sort by; nullptr: by `text`
  std::string (*text)(const Row&, const Summary&);
  Ink (*ink)(const Row&, const Summary&) = nullptr;
};

// To sort by.
constexpr double as_double(std::uint64_t n) { return static_cast<double>(n); }

// The columns that fit, in their order. The first one, with at least a third of a narrow screen, and the one that it is
// sorted by are always among them.
std::vector<std::size_t> fitting(std::span<const ColumnShape> columns, std::size_t sort, unsigned width);
unsigned room_for_first(std::span<const ColumnShape> columns, const std::vector<std::size_t>& shown, unsigned width);
void write_titles(Canvas& canvas, std::span<const ColumnShape> columns, const std::vector<std::size_t>& shown,
                  const TableView& view);
void add_cell(Line& line, const ColumnShape& column, std::string_view text, unsigned begin, Ink ink);
// The first row on the screen: the selected one stays in the middle as long as there are rows below and above.
std::size_t first_row(std::size_t selected, std::size_t rows, std::size_t page);

template <class Row>
std::vector<ColumnShape> shapes_of(std::span<const Column<Row>> columns) {
  std::vector<ColumnShape> shapes;
  for (const Column<Row>& column : columns) shapes.push_back(column.shape);
  return shapes;
}

// Numbers largest first, text from a to z; equal ones in the order of the report.
template <class Row>
std::vector<const Row*> sorted(std::vector<const Row*> order, const Summary& summary, const Column<Row>& column,
                               bool reversed) {
  const auto before = [&](const Row* a, const Row* b) {
    return column.number ? column.number(*a) > column.number(*b) : column.text(*a, summary) < column.text(*b, summary);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const Row* a, const Row* b) { return reversed ? before(b, a) : before(a, b); });
  return order;
}

// How the first cell of a row is written, in so many columns.
template <class Row>
using WriteName = void (*)(Line& line, const Row& row, unsigned columns, bool selected);

// The titles and as many rows as fit into so many lines. Returns the selected one; nullptr: there is none.
template <class Row>
const Row* write_rows(Canvas& canvas, const std::vector<const Row*>& all, const Summary& summary,
                      std::span<const Column<Row>> columns, WriteName<Row> write_name, const TableView& view,
                      std::size_t lines) {
  const std::vector<ColumnShape> shapes = shapes_of(columns);
  const auto shown = fitting(shapes, view.sort, canvas.columns());
  const unsigned room = room_for_first(shapes, shown, canvas.columns());
  const std::vector<const Row*> rows = sorted(all, summary, columns[view.sort], view.reversed);
  const std::size_t page = lines - 1, selected = std::min(view.selected, rows.empty() ? 0 : rows.size() - 1);
  const std::size_t first = first_row(selected, rows.size(), page);
  write_titles(canvas, shapes, shown, view);
  for (std::size_t i = first; i < std::min(rows.size(), first + page); ++i) {
    Line line;
    line.add(i == selected ? "▸ " : "  ", Ink::Bold);
    write_name(line, *rows[i], room - 2, i == selected);
    unsigned at = room;
    for (const std::size_t c : std::span(shown).subspan(1)) {
      const Column<Row>& column = columns[c];
      add_cell(line, column.shape, column.text(*rows[i], summary), at,
               column.ink ? column.ink(*rows[i], summary) : Ink::Plain);
      at += column.shape.width;
    }
    canvas.line(line);
  }
  return rows.empty() ? nullptr : rows[selected];
}

}  // namespace loopstall::top
