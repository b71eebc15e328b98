// What the user chose to see, and what keys do to it.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "top/keys.h"

namespace loopstall::top {

enum class Table { Tasks, Culprits, Requests };
constexpr std::size_t kTables = 3;
enum class Period { Whole, Second };  // since the start; the last second

struct TableView {
  std::size_t sort = 0;  // an index into sort_keys(); numbers largest first, text from a to z
  bool reversed = false;
  std::size_t selected = 0;  // a row; may lie beyond the last one
};

struct View {
  View();
  std::optional<Table> table;  // nullopt: the first of tasks, requests, culprits of which there are any
  Period period = Period::Whole;
  bool help = false;
  std::array<TableView, kTables> tables;
  const TableView& of(Table t) const { return tables.at(static_cast<std::size_t>(t)); }
  TableView& of(Table t) { return tables.at(static_cast<std::size_t>(t)); }
};

// What the picture had in which the user saw where to go.
struct Shape {
  Table table = Table::Tasks;
  std::size_t rows = 0;  // of the table
  std::size_t page = 0;  // those on the screen
};

enum class Pressed { Nothing, Changed, Quit };
Pressed press(View& view, Key key, const Shape& shape);

}  // namespace loopstall::top
