// Values to and from SQLite's columns. Nanoseconds and counts are stored as 64-bit integers bit for bit; waits, tiers,
// causes and their like as their names, so that SQL reads well.
#pragma once

#include <concepts>

#include "recording/columns.h"
#include "recording/sqlite.h"

namespace loopstall {

inline std::int64_t to_sql(std::integral auto value) { return static_cast<std::int64_t>(value); }
inline std::string_view to_sql(const std::string& text) { return text; }
inline std::string_view to_sql(Wait wait) { return wait_name(wait); }
inline std::string_view to_sql(Tier tier) { return tier_name(tier); }
inline std::string_view to_sql(CauseKind kind) { return cause_name(kind); }
inline std::string_view to_sql(Unnamed reason) { return unnamed_name(reason); }
inline std::string_view to_sql(FrameKind kind) { return frame_kind_name(kind); }
inline std::string_view to_sql(Protocol protocol) { return protocol_name(protocol); }
inline std::string_view to_sql(TaskKind kind) { return task_kind_name(kind); }
inline std::string_view to_sql(FrameRole role) { return frame_role_name(role); }

// Puts a row's members into a statement's parameters, from `index` on.
struct Bind {
  Statement& statement;
  int index = 1;
  void operator()(const char*, const auto& value) { statement.bind(index++, to_sql(value)); }
};

// Fills a row's members from a statement's columns, from `column` on.
struct Fetch {
  const Statement& statement;
  int column = 0;
  void operator()(const char*, bool& value) { value = statement.integer(column++) != 0; }
  void operator()(const char*, std::integral auto& value) {
    value = static_cast<std::remove_reference_t<decltype(value)>>(statement.integer(column++));
  }
  void operator()(const char*, std::string& value) { value = statement.text(column++); }
  void operator()(const char*, Wait& value) { value = wait_from_name(statement.text(column++)); }
  void operator()(const char*, Tier& value) { value = tier_from_name(statement.text(column++)); }
  void operator()(const char*, CauseKind& value) { value = cause_from_name(statement.text(column++)); }
  void operator()(const char*, Unnamed& value) { value = unnamed_from_name(statement.text(column++)); }
  void operator()(const char*, FrameKind& value) { value = frame_kind_from_name(statement.text(column++)); }
  void operator()(const char*, Protocol& value) { value = protocol_from_name(statement.text(column++)); }
  void operator()(const char*, TaskKind& value) { value = task_kind_from_name(statement.text(column++)); }
  void operator()(const char*, FrameRole& value) { value = frame_role_from_name(statement.text(column++)); }
};

// Runs a statement with these values as its parameters.
template <class... Values>
Result<> run(Statement& statement, const Values&... values) {
  Bind bind{statement};
  (bind("", values), ...);
  return statement.run();
}

}  // namespace loopstall
