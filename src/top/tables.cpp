#include "top/tables.h"

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
  return table == Table::Tasks ? shapes_of(task_columns()) : shapes_of(culprit_columns());
}

std::string_view sort_keys(Table table) {
  static const std::string tasks = keys_of(columns_of(Table::Tasks)), culprits = keys_of(columns_of(Table::Culprits));
  return table == Table::Tasks ? tasks : culprits;
}

}  // namespace loopstall::top
