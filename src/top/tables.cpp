#include "top/tables.h"

#include <array>
#include <string>

namespace loopstall::top {
namespace {

std::string keys_of(const std::vector<ColumnShape>& columns) {
  std::string keys;
  for (const ColumnShape& column : columns) keys += column.key;
  return keys;
}

}  // namespace

std::vector<ColumnShape> columns_of(Table table) {
  if (table == Table::Tasks) return shapes_of(task_columns());
  return table == Table::Culprits ? shapes_of(culprit_columns()) : shapes_of(request_columns());
}

std::string_view sort_keys(Table table) {
  static const std::array<std::string, kTables> keys = {
      keys_of(columns_of(Table::Tasks)), keys_of(columns_of(Table::Culprits)), keys_of(columns_of(Table::Requests))};
  return keys.at(static_cast<std::size_t>(table));
}

}  // namespace loopstall::top
