// The text of INSERT statements, made from the lists in columns.h.
#pragma once

#include <string>
#include <vector>

#include "recording/columns.h"
#include "recording/sqlite.h"

namespace loopstall {

using Names = std::vector<std::string>;

std::string insert_sql(const char* table, const Names& names);

// The keys, T's members, and what comes after them.
template <class T>
std::string insert_sql(const char* table, Names names, const Names& more = {}) {
  const Names members = column_names<T>();
  names.insert(names.end(), members.begin(), members.end());
  names.insert(names.end(), more.begin(), more.end());
  return insert_sql(table, names);
}

Result<std::vector<Statement>> prepare_all(Database& db, const Names& sql);

}  // namespace loopstall
