#include "top/columns.h"

#include <algorithm>

#include "report/utf8.h"

namespace loopstall::top {
namespace {

unsigned least_name(unsigned width) { return std::clamp(width / 3, 16U, 40U); }

}  // namespace

std::vector<std::size_t> fitting(std::span<const ColumnShape> columns, std::size_t sort, unsigned width) {
  std::vector<std::size_t> by_rank;
  for (std::size_t i = 1; i < columns.size(); ++i) by_rank.push_back(i);
  const auto rank = [&](std::size_t i) { return i == sort ? 0 : columns[i].rank; };
  std::stable_sort(by_rank.begin(), by_rank.end(), [&](auto a, auto b) { return rank(a) < rank(b); });
  std::vector<std::size_t> shown = {0};
  unsigned used = least_name(width);
  for (const std::size_t i : by_rank) {
    if (used + columns[i].width > width && i != sort) break;
    used += columns[i].width;
    shown.push_back(i);
  }
  std::sort(shown.begin(), shown.end());
  return shown;
}

unsigned room_for_first(std::span<const ColumnShape> columns, const std::vector<std::size_t>& shown, unsigned width) {
  unsigned used = 0;
  for (const std::size_t i : std::span(shown).subspan(1)) used += columns[i].width;
  return std::max(width, used + 2) - used;
}

void add_cell(Line& line, const ColumnShape& column, std::string_view text, unsigned begin, Ink ink) {
  if (column.text)
    line.column(begin + 2).add(cut(text, column.width - 2), ink);
  else
    line.right(text, begin + column.width, ink);
}

void write_titles(Canvas& canvas, std::span<const ColumnShape> columns, const std::vector<std::size_t>& shown,
                  const TableView& view) {
  Line line;
  unsigned at = 0;
  for (const std::size_t i : shown) {
    const bool chosen = i == view.sort, downwards = (columns[i].text || i == 0) == view.reversed;
    const std::string title = (chosen ? (downwards ? "▼" : "▲") : "") + std::string(columns[i].title);
    const Ink ink = chosen ? Ink::Bold : Ink::Dim;
    if (i == 0)
      line.column(2).add(title, ink);
    else
      add_cell(line, columns[i], title, at, ink);
    at = i == 0 ? room_for_first(columns, shown, canvas.columns()) : at + columns[i].width;
  }
  canvas.line(line);
}

std::size_t first_row(std::size_t selected, std::size_t rows, std::size_t page) {
  if (rows <= page) return 0;
  return std::min(selected > page / 2 ? selected - page / 2 : 0, rows - page);
}

}  // namespace loopstall::top
