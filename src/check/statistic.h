// What a rule may ask of what: the tables behind the grammar.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "check/rule.h"

namespace loopstall::check {

struct SubjectName {
  std::string_view name;
  Subject subject;
  std::string_view distribution;  // in front of p99, max, ...: "hold."; "-" if it has none
  std::span<const std::string_view> keys;
  std::string_view key = "";  // that a value without one is of: request("GET /"), any(gil)
};

// nullptr: there is none of this name.
const SubjectName* find_subject(std::string_view name);
std::span<const std::string_view> subject_names();

struct Asked {
  Statistic statistic;
  Unit unit;
  double quantile = 0;
};

// "p99.9", "hold.max", "count" of a subject.
std::optional<Asked> find_statistic(const SubjectName& subject, std::string_view path);
// As examples, for whoever asked for something else.
std::string statistics_of(const SubjectName& subject);

// Words that stand for several causes: cause=syscall, any(blocking_call).
bool is_blocking_word(std::string_view word);
std::span<const std::string_view> cause_words();  // these, and the causes' own names

}  // namespace loopstall::check
