#include "top/view.h"

#include <algorithm>
#include <string_view>

#include "top/tables.h"

namespace loopstall::top {
namespace {

void select(TableView& table, std::ptrdiff_t by, const Shape& shape) {
  const auto last = static_cast<std::ptrdiff_t>(shape.rows) - 1;
  const auto at = std::min(static_cast<std::ptrdiff_t>(table.selected), std::max<std::ptrdiff_t>(last, 0));
  table.selected = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(at + by, 0, std::max<std::ptrdiff_t>(last, 0)));
}

void sort_by(TableView& table, std::size_t column) {
  table.reversed = table.sort == column && !table.reversed;
  table.sort = column;
  table.selected = 0;
}

void move_sort(TableView& table, std::size_t by, std::size_t columns) {
  table.sort = (table.sort + by) % columns;
  table.reversed = false;
  table.selected = 0;
}

// Whether the key moved within the table.
bool moved(TableView& table, Key key, const Shape& shape) {
  const auto page = static_cast<std::ptrdiff_t>(std::max<std::size_t>(shape.page, 1));
  const auto all = static_cast<std::ptrdiff_t>(shape.rows);
  if (key == Key::Up || key == Key{'k'}) return select(table, -1, shape), true;
  if (key == Key::Down || key == Key{'j'}) return select(table, 1, shape), true;
  if (key == Key::PageUp) return select(table, -page, shape), true;
  if (key == Key::PageDown || key == Key{' '}) return select(table, page, shape), true;
  if (key == Key::Home) return select(table, -all, shape), true;
  if (key == Key::End) return select(table, all, shape), true;
  return false;
}

// Whether it changed the order.
bool sorted(TableView& table, Key key, std::string_view keys) {
  if (key == Key{'r'}) return table.reversed = !table.reversed, true;
  if (key == Key::Left || key == Key{'<'}) return move_sort(table, keys.size() - 1, keys.size()), true;
  if (key == Key::Right || key == Key{'>'} || key == Key::Tab) return move_sort(table, 1, keys.size()), true;
  const std::size_t column = keys.find(static_cast<char>(key));
  if (static_cast<int>(key) >= 0x80 || column == std::string_view::npos) return false;
  return sort_by(table, column), true;
}

bool switched(View& view, Key key, Table shown) {
  if (key == Key{'c'}) return view.table = shown == Table::Culprits ? Table::Tasks : Table::Culprits, true;
  if (key == Key{'u'}) return view.table = Table::Requests, true;
  if (key == Key{'i'}) return view.period = view.period == Period::Whole ? Period::Second : Period::Whole, true;
  if (key == Key{'?'}) return view.help = true, true;
  return key == Key::Redraw;
}

}  // namespace

View::View() {
  for (const Table t : {Table::Tasks, Table::Culprits, Table::Requests}) of(t).sort = sort_keys(t).find('t');
}

// Any key but q closes the help.
Pressed press(View& view, Key key, const Shape& shape) {
  if (key == Key{'q'}) return Pressed::Quit;
  if (view.help) return view.help = false, Pressed::Changed;
  if (switched(view, key, shape.table)) return Pressed::Changed;
  TableView& table = view.of(shape.table);
  return moved(table, key, shape) || sorted(table, key, sort_keys(shape.table)) ? Pressed::Changed : Pressed::Nothing;
}

}  // namespace loopstall::top
