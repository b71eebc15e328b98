#include "report/query_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/csv_text.h"
#include "report/json_parts.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

std::string text_of(const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&cell)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&cell)) return clean(*text);
  return "";
}

bool is_text(const Cell& cell) { return std::holds_alternative<std::string>(cell); }

std::vector<unsigned> widths_of(const Table& table) {
  std::vector<unsigned> widths;
  for (const std::string& name : table.columns) widths.push_back(display_columns(clean(name)));
  for (const auto& row : table.rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_columns(text_of(row[i])));
  return widths;
}

std::string padded(const std::string& text, unsigned width, bool right) {
  const std::string blanks(width - std::min(width, display_columns(text)), ' ');
  return right ? blanks + text : text + blanks;
}

void end_line(std::string& out, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

Json json_of(const Cell& cell) {
  return std::visit(
      [](const auto& value) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>)
          return nullptr;
        else
          return value;
      },
      cell);
}

std::vector<std::string> unique(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& name : names) {
    std::string key = name;
    for (int n = 2; std::find(all.begin(), all.end(), key) != all.end(); ++n) key = fmt::format("{}_{}", name, n);
    all.push_back(key);
  }
  return all;
}

Json row_json(const std::vector<std::string>& names, const std::vector<Cell>& row) {
  Json json = Json::object();
  for (std::size_t i = 0; i < row.size(); ++i) json[names[i]] = json_of(row[i]);
  return json;
}

void add(CsvText& csv, const Cell& cell) {
  if (is_text(cell))
    csv.add(std::get<std::string>(cell));
  else
    csv.add_number(text_of(cell));
}

// The first row tells: a column of numbers has its name to the right, too.
bool is_number_column(const Table& table, std::size_t column) {
  return !table.rows.empty() && !is_text(table.rows[0][column]);
}

}  // namespace

std::string table_as_text(const Table& table) {
  const std::vector<unsigned> widths = widths_of(table);
  std::string out, header;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    header += (i ? "  " : "") + padded(clean(table.columns[i]), widths[i], is_number_column(table, i));
  end_line(out, header);
  for (const auto& row : table.rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += (i ? "  " : "") + padded(text_of(row[i]), widths[i], !is_text(row[i]));
    end_line(out, line);
  }
  return out;
}

std::string table_as_csv(const Table& table) {
  CsvText csv;
  for (const std::string& name : table.columns) csv.add(name);
  csv.end_record();
  for (const auto& row : table.rows) {
    for (const Cell& cell : row) add(csv, cell);
    csv.end_record();
  }
  return csv.take();
}

std::string table_as_json(const Table& table) {
  const std::vector<std::string> names = unique(table.columns);
  std::string out = "[";
  for (std::size_t i = 0; i < table.rows.size(); ++i)
    out += (i ? ",\n " : "\n ") + one_line(row_json(names, table.rows[i]));
  return out + (table.rows.empty() ? "]\n" : "\n]\n");
}

}  // namespace loopstall
