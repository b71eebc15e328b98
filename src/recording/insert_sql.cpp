#include "recording/insert_sql.h"

#include <fmt/format.h>

namespace loopstall {
namespace {

std::string join(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::string insert_sql(const char* table, const Names& names) {
  return fmt::format("INSERT OR REPLACE INTO {}({}) VALUES({})", table, join(names), join(Names(names.size(), "?")));
}

Result<std::vector<Statement>> prepare_all(Database& db, const Names& sql) {
  std::vector<Statement> statements;
  for (const std::string& text : sql) {
    Result<Statement> statement = db.prepare(text);
    if (!statement) return tl::unexpected(statement.error());
    statements.push_back(std::move(*statement));
  }
  return statements;
}

}  // namespace loopstall
