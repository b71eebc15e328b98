#include "top/view.h"

#include "catch.h"
#include "top/tables.h"

using namespace loopstall::top;

namespace {

constexpr Shape kTasks{Table::Tasks, 100, 10};

char sorted_by(const View& view, Table table) { return sort_keys(table)[view.of(table).sort]; }

}  // namespace

TEST_CASE("each table is sorted by its total at first") {
  const View view;
  CHECK(sorted_by(view, Table::Tasks) == 't');
  CHECK(sorted_by(view, Table::Culprits) == 't');
  CHECK(sorted_by(view, Table::Requests) == 't');
}

TEST_CASE("every column has a letter of its own, and none that means something else") {
  for (const Table table : {Table::Tasks, Table::Culprits, Table::Requests})
    for (const char key : sort_keys(table)) {
      CAPTURE(key);
      View view;
      CHECK(press(view, Key{key}, {table, 100, 10}) == Pressed::Changed);
      CHECK(sorted_by(view, table) == key);
    }
}

TEST_CASE("the same letter again, and r, turn the order") {
  View view;
  press(view, Key{'m'}, kTasks);
  CHECK_FALSE(view.of(Table::Tasks).reversed);
  press(view, Key{'m'}, kTasks);
  CHECK(view.of(Table::Tasks).reversed);
  press(view, Key{'r'}, kTasks);
  CHECK_FALSE(view.of(Table::Tasks).reversed);
}

TEST_CASE("< and > go round all columns") {
  View view;
  const std::size_t columns = sort_keys(Table::Tasks).size(), before = view.of(Table::Tasks).sort;
  press(view, Key{'>'}, kTasks);
  CHECK(view.of(Table::Tasks).sort == (before + 1) % columns);
  for (std::size_t i = 0; i < columns; ++i) press(view, Key::Left, kTasks);
  CHECK(view.of(Table::Tasks).sort == (before + 1) % columns);
}

TEST_CASE("the selection stays within the rows") {
  View view;
  press(view, Key::Up, kTasks);
  CHECK(view.of(Table::Tasks).selected == 0);
  press(view, Key::PageDown, kTasks);
  CHECK(view.of(Table::Tasks).selected == 10);
  press(view, Key::End, kTasks);
  CHECK(view.of(Table::Tasks).selected == 99);
  press(view, Key::Down, {Table::Tasks, 5, 10});  // rows have gone
  CHECK(view.of(Table::Tasks).selected == 4);
  press(view, Key::Down, {Table::Tasks, 0, 10});
  CHECK(view.of(Table::Tasks).selected == 0);
}

TEST_CASE("tables, period, help and the end") {
  View view;
  press(view, Key{'c'}, kTasks);
  CHECK(view.table == Table::Culprits);
  press(view, Key{'c'}, {Table::Culprits, 1, 10});
  CHECK(view.table == Table::Tasks);
  press(view, Key{'u'}, kTasks);
  CHECK(view.table == Table::Requests);
  press(view, Key{'c'}, {Table::Requests, 1, 10});
  CHECK(view.table == Table::Culprits);
  press(view, Key{'i'}, kTasks);
  CHECK(view.period == Period::Second);
  press(view, Key{'?'}, kTasks);
  CHECK(view.help);
  CHECK(press(view, Key{'m'}, kTasks) == Pressed::Changed);  // closes the help, and does nothing else
  CHECK_FALSE(view.help);
  CHECK(sorted_by(view, Table::Tasks) == 't');
  CHECK(press(view, Key{'z'}, kTasks) == Pressed::Nothing);
  CHECK(press(view, Key{'q'}, kTasks) == Pressed::Quit);
}
