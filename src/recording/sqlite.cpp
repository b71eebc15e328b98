#include "recording/sqlite.h"

namespace loopstall {
namespace {

tl::unexpected<Error> sqlite_error(sqlite3* db) { return fail(sqlite3_errmsg(db)); }

int authorize_reading(void*, int action, const char*, const char* function, const char*, const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return std::string_view(function) == "load_extension" ? SQLITE_DENY : SQLITE_OK;
    default:
      return SQLITE_DENY;
  }
}

// Blanks and comments are no statement.
bool has_statement(sqlite3* db, const char* sql) {
  sqlite3_stmt* stmt = nullptr;
  const bool mistake = sqlite3_prepare_v2(db, sql, -1, &stmt, nullptr) != SQLITE_OK;
  const bool found = mistake || stmt;
  sqlite3_finalize(stmt);
  return found;
}

}  // namespace

void Statement::bind(int index, std::int64_t value) {
  const int rc = sqlite3_bind_int64(stmt_.get(), index, value);
  if (bind_error_ == SQLITE_OK) bind_error_ = rc;
}

void Statement::bind(int index, std::string_view text) {
  const int rc = sqlite3_bind_text(stmt_.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  if (bind_error_ == SQLITE_OK) bind_error_ = rc;
}

Result<bool> Statement::step() {
  if (bind_error_ != SQLITE_OK) return fail(sqlite3_errstr(bind_error_));
  const int rc = sqlite3_step(stmt_.get());
  if (rc == SQLITE_ROW) return true;
  tl::unexpected<Error> error = sqlite_error(db_);
  sqlite3_reset(stmt_.get());
  if (rc != SQLITE_DONE) return error;
  return false;
}

Result<> Statement::run() {
  return step().map([](bool) {});
}

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(stmt_.get(), column));
  return data ? std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(stmt_.get(), column))) : std::string();
}

Result<Database> Database::open(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int rc = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database db(raw);
  if (!raw) return fail("out of memory");
  if (rc != SQLITE_OK) return sqlite_error(raw);
  return db;
}

Result<> Database::exec(const std::string& sql) {
  if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return sqlite_error(db_.get());
  return {};
}

Result<Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* stmt = nullptr;
  if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &stmt, nullptr) != SQLITE_OK) return sqlite_error(db_.get());
  return Statement(db_.get(), stmt);
}

Result<Statement> Database::prepare_single(const std::string& sql) {
  if (sql.find('\0') != std::string::npos) return fail("a NUL is in it");
  sqlite3_stmt* stmt = nullptr;
  const char* rest = nullptr;
  if (sqlite3_prepare_v2(db_.get(), sql.c_str(), -1, &stmt, &rest) != SQLITE_OK) return sqlite_error(db_.get());
  Statement statement(db_.get(), stmt);
  if (!stmt) return fail("there is no statement in it");
  if (has_statement(db_.get(), rest)) return fail("more than one statement");
  return statement;
}

void Database::allow_reading_only() {
  sqlite3_set_authorizer(db_.get(), authorize_reading, nullptr);
  sqlite3_limit(db_.get(), SQLITE_LIMIT_ATTACHED, 0);
}

Result<> Database::close() {
  if (sqlite3_close(db_.get()) != SQLITE_OK) return sqlite_error(db_.get());
  db_.release();
  return {};
}

}  // namespace loopstall
