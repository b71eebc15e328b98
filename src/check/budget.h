// A budget file: rules, who may break them, and what the rest of the command line need not say. TOML, so that it can
// hold comments. What is wrong in it is told by line and column: a mistyped key would else be a rule that never fails.
//
//   threshold = "10ms"          # from here on an iteration is a stall
//   time = "own"                # or "busy": what rules are judged on that do not say
//   inconclusive = "fail"       # or "pass"; unless told it has an exit code of its own
//   error = ["busy.p99 < 5ms", "any(blocking_call)"]
//   warn = ["loop.utilization < 80%"]
//
//   [[rule]]                    # a rule that needs more words
//   rule = "stall.count == 0"
//   level = "warn"
//   time = "busy"
//   because = "users notice"
//
//   [[ignore]]                  # stalls of this culprit break no rule; every key must match
//   function = "load_config"    # also: handler, file, cause, syscall, object, advice
//   reason = "once, at the start"
//
//   [baseline]
//   tolerance = "10%"           # a value may be worse by as much ...
//   at-least = "1ms"            # ... and by this much before it is a regression
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "check/rule.h"

namespace loopstall::check {

struct Ignore {
  std::vector<Selector> where;
  std::string reason;
  std::string origin;
};

enum class Inconclusive { OwnCode, Pass, Fail };

// What a budget file may set; nothing where it says nothing.
struct Settings {
  std::optional<std::uint64_t> threshold_ns;
  std::optional<Inconclusive> inconclusive;
  std::optional<double> tolerance;  // a share
  std::optional<std::uint64_t> tolerance_ns;
};

struct Budget {
  std::vector<Rule> rules;
  std::vector<Ignore> ignores;
  Settings settings;
};

// Those of `more` that it has, over `settings`.
void take_settings(Settings& settings, const Settings& more);

// name: what the file is called in messages. An error is a usage error: "NAME:LINE:COLUMN: what", the line, and a mark.
Result<Budget> parse_budget(std::string_view text, const std::string& name);
// A rule of the command line; the error shows it with a mark.
Result<Rule> parse_argument(const std::string& text, const std::string& option);

}  // namespace loopstall::check
