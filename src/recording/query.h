// What reading the tables has in common: SELECTs made from the lists in columns.h, and their rows.
#pragma once

#include <fmt/format.h>

#include "recording/row.h"

namespace loopstall {

inline tl::unexpected<Error> damaged(const char* table) { return fail(fmt::format("table {} makes no sense", table)); }

template <class T>
std::string select_sql(const char* first, const char* table, const char* rest) {
  std::string names = first;
  for (const std::string& name : column_names<T>()) names += ", " + name;
  return fmt::format("SELECT {} FROM {} {}", names, table, rest);
}

// Calls `row` for each row until it fails.
template <class F>
Result<> for_each(Statement& statement, F row) {
  for (;;) {
    Result<bool> more = statement.step();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return {};
    if (Result<> r = row(statement); !r) return r;
  }
}

template <class F>
Result<> query(Database& db, const std::string& sql, F row) {
  return db.prepare(sql).and_then([&](Statement statement) { return for_each(statement, row); });
}

// Appends the bucket whose number, count and sum_ns the row has from `column` on.
Result<> load_bucket(const Statement& row, int column, std::vector<BucketDelta>& buckets);

// The statement selects bucket, count and sum_ns.
Result<std::vector<BucketDelta>> load_buckets(Statement& statement);

}  // namespace loopstall
