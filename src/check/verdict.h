// What comes of a check: findings, each with a verdict, and what they were found from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/measured.h"

namespace loopstall::check {

enum class Verdict { Pass, Inconclusive, Fail };
std::string_view verdict_name(Verdict verdict);  // "pass", "inconclusive", "fail"

enum class FindingKind { Rule, Baseline, Culprit, Command };
std::string_view kind_name(FindingKind kind);  // "rule", "baseline", "culprit", "command"

struct Finding {
  FindingKind kind = FindingKind::Rule;
  std::string name;  // the rule, or what was compared: stable, for programs
  Level level = Level::Error;
  Verdict verdict = Verdict::Pass;
  std::string value{}, limit{}, margin{};  // for people; "" where there is none
  std::string why{};                       // it failed, or could not be decided
  std::string because{}, origin{};
  std::vector<std::size_t> offenders{};  // places in Measured::offenders, the worst first
};

// A program that the check started.
struct ProgramEnd {
  std::string command;
  std::optional<int> status{};  // the exit code, or 128 + signal; nothing: it was stopped by loopstall
  std::string end{};            // in words
};

struct CheckResult {
  Measured measured;
  std::vector<Finding> findings;
  std::vector<std::string> sources;          // what was measured, one a run
  std::string baseline{};                    // its file; "" if there is none
  std::optional<std::uint64_t> stolen_ns{};  // by the hypervisor, from all CPUs meanwhile; not known of a recording
  std::optional<ProgramEnd> command{}, load{};
  bool status_counts = true;  // a command that fails is the exit code
  Inconclusive inconclusive = Inconclusive::OwnCode;
};

// The worst verdict among the findings of level error; what is inconclusive as the user wants it counted.
Verdict overall(const CheckResult& result);
// 0, 5 or 4: docs/loopstall.1 has them beside those of base/result.h.
int exit_code(Verdict verdict);
// That, or the failing command's own.
int exit_code(const CheckResult& result);

}  // namespace loopstall::check
