#include "recording/select.h"

#include "recording/open.h"

namespace loopstall {
namespace {

Cell cell_of(const Statement& row, int column) {
  switch (row.type(column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return row.integer(column);
    case SQLITE_FLOAT:
      return row.real(column);
    default:
      return row.text(column);
  }
}

Result<Table> rows_of(Statement& statement) {
  Table table;
  const int columns = statement.columns();
  for (int i = 0; i < columns; ++i) table.columns.push_back(statement.column_name(i));
  for (;;) {
    const Result<bool> more = statement.step();
    if (!more) return tl::unexpected(more.error());
    if (!*more) return table;
    std::vector<Cell>& row = table.rows.emplace_back();
    for (int i = 0; i < columns; ++i) row.push_back(cell_of(statement, i));
  }
}

// The authorizer's words (sqlite3_set_authorizer) tell nobody what to do.
std::string told(const std::string& message) {
  return message == "not authorized" ? "a recording is only read: give it one SELECT" : message;
}

Result<Table> ask(Database& db, const std::string& sql) {
  db.allow_reading_only();
  return db.prepare_single(sql)
      .and_then([](Statement statement) { return rows_of(statement); })
      .map_error([](Error error) {
        return Error{ExitCode::Usage, "--sql: " + told(error.message)};
      });
}

}  // namespace

Result<Table> select_from_recording(const std::string& path, const std::string& sql) {
  Result<Database> db = open_checked(path);
  if (!db) return tl::unexpected(about_recording(path, db.error()));
  return ask(*db, sql);
}

}  // namespace loopstall
