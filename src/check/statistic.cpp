#include "check/statistic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "model/evidence.h"

namespace loopstall::check {
namespace {

constexpr std::array<std::string_view, 2> kLoopKeys{"comm", "runtime"};
constexpr std::array<std::string_view, 4> kTaskKeys{"handler", "name", "file", "kind"};
constexpr std::array<std::string_view, 7> kCulpritKeys{"function", "handler", "file",  "cause",
                                                       "syscall",  "object",  "advice"};
constexpr std::array<std::string_view, 4> kRequestKeys{"name", "method", "path", "protocol"};
constexpr std::array<SubjectName, 8> kSubjects{{
    {"busy", Subject::Iteration, "", kLoopKeys},
    {"own", Subject::Iteration, "", kLoopKeys},
    {"stall", Subject::Stall, "", kLoopKeys},
    {"loop", Subject::Loop, "-", kLoopKeys},
    {"task", Subject::Task, "hold.", kTaskKeys},
    {"culprit", Subject::Culprit, "", kCulpritKeys, "cause"},
    {"queue", Subject::Queue, "", kLoopKeys},
    {"request", Subject::Request, "hold.", kRequestKeys, "name"},
}};
constexpr std::array<std::string_view, 8> kSubjectNames{"busy", "own",     "stall", "loop",
                                                        "task", "culprit", "queue", "request"};

struct Named {
  std::string_view name;
  Statistic statistic;
};
constexpr std::array<Named, 8> kOfDistributions{{{"min", Statistic::Min},
                                                 {"max", Statistic::Max},
                                                 {"avg", Statistic::Mean},
                                                 {"mean", Statistic::Mean},
                                                 {"med", Statistic::Quantile},
                                                 {"median", Statistic::Quantile},
                                                 {"sum", Statistic::Sum},
                                                 {"total", Statistic::Sum}}};

struct Row {
  Subject subject;
  std::string_view name;
  Asked asked;
};
constexpr std::array<Row, 16> kOthers{{
    {Subject::Iteration, "count", {Statistic::Count, Unit::Number}},
    {Subject::Stall, "count", {Statistic::Count, Unit::Number}},
    {Subject::Stall, "rate", {Statistic::Share, Unit::Share}},
    {Subject::Loop, "utilization", {Statistic::Share, Unit::Share}},
    {Subject::Loop, "count", {Statistic::Count, Unit::Number}},
    {Subject::Loop, "iterations", {Statistic::Iterations, Unit::Number}},
    {Subject::Loop, "stalls", {Statistic::Stalls, Unit::Number}},
    {Subject::Task, "count", {Statistic::Count, Unit::Number}},
    {Subject::Task, "steps", {Statistic::Count, Unit::Number}},
    {Subject::Task, "share", {Statistic::Share, Unit::Share}},
    {Subject::Task, "stalls", {Statistic::Stalls, Unit::Number}},
    {Subject::Task, "blame", {Statistic::Blame, Unit::Time}},
    {Subject::Culprit, "count", {Statistic::Count, Unit::Number}},
    {Subject::Culprit, "rate", {Statistic::Share, Unit::Share}},
    {Subject::Queue, "count", {Statistic::Count, Unit::Number}},
    {Subject::Request, "count", {Statistic::Count, Unit::Number}},
}};

// "p99", "p99.9", "p999" (as reports call it), "p(99.9)".
std::optional<double> quantile_in(std::string_view name) {
  if (!name.starts_with('p')) return std::nullopt;
  name.remove_prefix(1);
  if (name.starts_with('(') && name.ends_with(')')) name = name.substr(1, name.size() - 2);
  double percent = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), percent, std::chars_format::fixed);
  if (error != std::errc{} || end != name.data() + name.size() || !(percent >= 0)) return std::nullopt;
  if (name == "999" || name == "9999") percent = name.size() == 3 ? 99.9 : 99.99;
  if (percent > 100) return std::nullopt;
  return percent / 100;
}

std::optional<Asked> of_distribution(std::string_view name) {
  if (const auto quantile = quantile_in(name)) return Asked{Statistic::Quantile, Unit::Time, *quantile};
  const auto* const row =
      std::find_if(kOfDistributions.begin(), kOfDistributions.end(), [&](const Named& n) { return n.name == name; });
  if (row == kOfDistributions.end()) return std::nullopt;
  return Asked{row->statistic, Unit::Time, row->statistic == Statistic::Quantile ? 0.5 : 0};
}

constexpr std::array<std::string_view, 2> kBlockingWords{"syscall", "blocking_call"};

std::vector<std::string_view> all_cause_words() {
  std::vector<std::string_view> words(kBlockingWords.begin(), kBlockingWords.end());
  for (int kind = 0; kind <= static_cast<int>(CauseKind::Other); ++kind)
    words.push_back(cause_name(static_cast<CauseKind>(kind)));
  return words;
}

}  // namespace

const SubjectName* find_subject(std::string_view name) {
  const auto* const found =
      std::find_if(kSubjects.begin(), kSubjects.end(), [&](const SubjectName& s) { return s.name == name; });
  return found == kSubjects.end() ? nullptr : found;
}

std::span<const std::string_view> subject_names() { return kSubjectNames; }

std::optional<Asked> find_statistic(const SubjectName& subject, std::string_view path) {
  for (const Row& row : kOthers)
    if (row.subject == subject.subject && row.name == path) return row.asked;
  if (!path.starts_with(subject.distribution)) return std::nullopt;
  return of_distribution(path.substr(subject.distribution.size()));
}

std::string statistics_of(const SubjectName& subject) {
  std::string text;
  for (const Row& row : kOthers)
    if (row.subject == subject.subject) text += fmt::format("{}{}", text.empty() ? "" : ", ", row.name);
  if (subject.distribution == "-") return text;
  for (const std::string_view name : {"p99", "max", "min", "avg", "med", "sum"})
    text += fmt::format(", {}{}", subject.distribution, name);
  return text;
}

bool is_blocking_word(std::string_view word) {
  return std::find(kBlockingWords.begin(), kBlockingWords.end(), word) != kBlockingWords.end();
}

std::span<const std::string_view> cause_words() {
  static const std::vector<std::string_view> words = all_cause_words();
  return words;
}

}  // namespace loopstall::check
