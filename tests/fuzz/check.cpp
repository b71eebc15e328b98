// What people, and branches that were merged badly, put before the room check/: damaged rules, budget files, baselines.
// Each must end soon, with a value or with a mistake whose place is in the text. LOOPSTALL_FUZZ_FACTOR: a night's
// search.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "catch.h"
#include "check/baseline.h"
#include "check/budget.h"
#include "mutate.h"

using namespace loopstall::check;

namespace {

constexpr unsigned kSeed = 20250102;

unsigned rounds(unsigned usual) {
  const char* const factor = std::getenv("LOOPSTALL_FUZZ_FACTOR");
  return usual * static_cast<unsigned>(factor ? std::max(1, std::atoi(factor)) : 1);
}

const std::vector<std::string> kRules = {
    "busy.p99 < 5ms in busy time                       ",
    "warn: task(handler=/report*/).hold.p(99.9) < 10ms ",
    "culprit(cause=syscall, file!=\"*/x.py\").count == 0 ",
    "any(blocking_call)  loop.utilization <= 80% stall ",
};

const std::string kBudget = R"(threshold = "10ms"
error = ["busy.p99 < 5ms", 'any(blocking_call)']
warn = ["loop.utilization < 80%"]
[[rule]]
rule = "task(handler=/report*/).hold.p99 < 10ms"
because = "users notice"
[[ignore]]
function = "load_*"
reason = "once"
[baseline]
tolerance = "10%"
)";

const std::string kBaseline = R"({"loopstall": "baseline/1", "evidence_ns": 2000000,
"culprits": {"a app.py: cpu": {"worst_own_ns": 5}, "~": {}},
"iterations": {"own.p99": {"value_ns": 3, "error_ns": 2, "blocks": 25}, "~": {}}, "tasks": {"~": {}}})";

// Damage, and then words from where they do not belong.
std::string damaged(Mutator& mutator, const std::string& text) {
  const auto* const begin = reinterpret_cast<const std::byte*>(text.data());
  const auto bytes = mutator.damaged({begin, begin + text.size()}, 0, text.size());
  std::string out(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string& other = kRules[mutator.below(kRules.size())];
  if (mutator.below(3) == 0) out.insert(mutator.below(out.size()), other.substr(mutator.below(other.size()), 9));
  return out;
}

}  // namespace

TEST_CASE("damaged rules") {
  Mutator mutator(kSeed);
  for (unsigned i = 0; i < rounds(20'000); ++i) {
    const std::string text = damaged(mutator, kRules[i % kRules.size()]);
    const auto rule = parse_rule(text);
    if (!rule) {
      CAPTURE(text, rule.error().message);
      REQUIRE(rule.error().at <= text.size());
      REQUIRE_FALSE(rule.error().message.empty());
      continue;
    }
    for (const Selector& selector : rule->where) static_cast<void>(selector.pattern.matches(text));
    REQUIRE(parse_rule(rule->text));  // what was understood is understood again
  }
}

TEST_CASE("damaged budget files") {
  Mutator mutator(kSeed);
  for (unsigned i = 0; i < rounds(5'000); ++i) {
    const auto budget = parse_budget(damaged(mutator, kBudget), "b.toml");
    if (!budget) REQUIRE(budget.error().message.find("b.toml:") == 0);
  }
}

TEST_CASE("damaged baselines") {
  Mutator mutator(kSeed);
  for (unsigned i = 0; i < rounds(5'000); ++i) {
    const auto baseline = parse_baseline(damaged(mutator, kBaseline), "b.json");
    if (baseline) REQUIRE(parse_baseline(render_baseline(*baseline), "b.json"));
  }
}
