#include <fmt/format.h>

#include "report/utf8.h"
#include "top/parts.h"
#include "top/tables.h"

namespace loopstall::top {
namespace {

struct Hint {
  std::string_view keys, meaning;
};

constexpr Hint kHints[] = {
    {"q", "quit"},
    {"c", "task steps / culprits of stalls"},
    {"u", "requests by name (with --requests)"},
    {"i", "since the start / last second"},
    {"↑ ↓ PgUp PgDn", "select a row"},
    {"r", "reverse the order"},
    {"< > Tab", "sort by the next column"},
};

void write_hint(Canvas& canvas, std::string_view keys, std::string_view meaning) {
  canvas.line(Line().add("  ").add(keys, Ink::Bold).column(17).add(meaning));
}

void add_key(Line& line, std::string_view key, std::string_view meaning, unsigned columns) {
  if (line.width() + 2 + display_columns(key) + 1 + display_columns(meaning) > columns) return;
  line.add(line.width() ? "  " : "").add(key, Ink::Bold).add(" ").add(meaning, Ink::Dim);
}

std::string spaced(std::string_view keys) {
  std::string text;
  for (const char key : keys) text += fmt::format("{}{}", text.empty() ? "" : " ", key);
  return text;
}

// "n task  d kind"
std::string short_list(const std::vector<ColumnShape>& columns) {
  std::string list;
  for (const ColumnShape& column : columns)
    list += fmt::format("{}{}", list.empty() ? "" : " · ", unbroken(fmt::format("{} {}", column.key, column.title)));
  return list;
}

}  // namespace

void write_help(Canvas& canvas, Table table, std::size_t lines) {
  const std::vector<ColumnShape> columns = columns_of(table);
  for (const Hint& hint : kHints) write_hint(canvas, hint.keys, hint.meaning);
  if (lines < std::size(kHints) + columns.size()) return canvas.paragraph("sort by: " + short_list(columns), 2, 4);
  for (const ColumnShape& column : columns)
    write_hint(canvas, std::string(1, column.key), fmt::format("sort by {}: {}", column.title, column.meaning));
}

void write_keys(Canvas& canvas, const View& view, Table table, bool has_requests) {
  Line line;
  const auto add = [&](std::string_view key, std::string_view meaning) {
    add_key(line, key, meaning, canvas.columns());
  };
  if (view.help) return add("q", "quit"), add("any other key", "back"), canvas.line(line);
  add("q", "quit");
  add("?", "help");
  add("c", table == Table::Culprits ? "tasks" : "culprits");
  if (has_requests && table != Table::Requests) add("u", "requests");
  add("i", view.period == Period::Whole ? "last second" : "since start");
  add(spaced(sort_keys(table)), "sort");
  add("r", "reverse");
  canvas.line(line);
}

}  // namespace loopstall::top
