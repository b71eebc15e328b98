// SQLite with owned handles and errors as values. A statement remembers its first failed bind, so that binding a
// row is a plain list of calls and step() reports for all of them.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace loopstall {

class Statement {
 public:
  Statement(sqlite3* db, sqlite3_stmt* stmt) : db_(db), stmt_(stmt) {}

  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view text);  // copied
  // True: a row can be read. False: done, and ready to be bound and run again.
  Result<bool> step();
  // For statements that give no row.
  Result<> run();

  std::int64_t integer(int column) const { return sqlite3_column_int64(stmt_.get(), column); }
  double real(int column) const { return sqlite3_column_double(stmt_.get(), column); }
  int type(int column) const { return sqlite3_column_type(stmt_.get(), column); }  // SQLITE_INTEGER, ...
  int columns() const { return sqlite3_column_count(stmt_.get()); }
  std::string column_name(int column) const { return sqlite3_column_name(stmt_.get(), column); }
  std::string text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
  };
  sqlite3* db_;
  std::unique_ptr<sqlite3_stmt, Finalize> stmt_;
  int bind_error_ = SQLITE_OK;
};

class Database {
 public:
  // flags as for sqlite3_open_v2. Errors carry SQLite's own words; the caller says on which file.
  static Result<Database> open(const std::string& path, int flags);

  Result<> exec(const std::string& sql);
  Result<Statement> prepare(const std::string& sql);
  // From somebody else: nothing, or a second statement, is an error.
  Result<Statement> prepare_single(const std::string& sql);
  // From now on only SELECT; no other file, no setting, no extension.
  void allow_reading_only();
  int last_code() const { return sqlite3_errcode(db_.get()); }  // SQLITE_BUSY, ...
  // Closing reports what a destructor can not.
  Result<> close();

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };
  explicit Database(sqlite3* db) : db_(db) {}
  std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace loopstall
