// One rule of a budget, in the words of load-testing tools: "busy.p99 < 5ms", "stall.count == 0",
// "task(handler=/report/).hold.p99 < 10ms", "loop.utilization < 80%", "culprit(cause=syscall).count == 0",
// "any(blocking_call)". A rule says what must hold; any(...) must not. docs/ci.md has the whole grammar.
//
//   rule      := [ level ":" ] ( value compare limit | any ) [ "in" ( "own" | "busy" ) "time" ]
//   level     := "error" | "warn"
//   value     := subject [ "(" selector { "," selector } ")" ] "." statistic
//   any       := "any" "(" ( cause | selector { "," selector } ) ")"
//   selector  := [ key ( "=" | "!=" ) ] ( word | "text" | /regular expression/ )
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "check/pattern.h"

namespace loopstall::check {

enum class Level { Error, Warn };
enum class TimeBasis { Own, Busy };  // without and with the time on the run queue
enum class Subject { Iteration, Stall, Loop, Task, Culprit, Queue, Request };
enum class Statistic { Quantile, Min, Max, Mean, Sum, Count, Share, Stalls, Iterations, Blame };
enum class Unit { Time, Share, Number };
enum class Compare { Less, LessOrEqual, Greater, GreaterOrEqual, Equal, NotEqual };

struct Selector {
  std::string key;
  Pattern pattern;
  bool negated = false;
};

struct Rule {
  std::string text;  // as it was written, without its level
  Level level = Level::Error;
  TimeBasis time = TimeBasis::Own;
  Subject subject = Subject::Iteration;
  std::vector<Selector> where;
  Statistic statistic = Statistic::Count;
  double quantile = 0;  // in [0, 1], of Statistic::Quantile
  Unit unit = Unit::Number;
  Compare compare = Compare::Equal;
  double limit = 0;  // ns, a share of 1, or a number
  std::string because{};
  std::string origin{};  // "budget.toml:12", "--max"
};

// Where in the text something is wrong, and what.
struct Mistake {
  std::size_t at = 0;  // bytes from its beginning
  std::string message;
};

template <class T>
using Parsed = tl::expected<T, Mistake>;

Parsed<Rule> parse_rule(std::string_view text, Level level = Level::Error, TimeBasis time = TimeBasis::Own);

bool holds(Compare compare, double value, double limit);
std::string_view compare_text(Compare compare);  // "<"
std::string_view level_name(Level level);        // "error", "warn"

}  // namespace loopstall::check
