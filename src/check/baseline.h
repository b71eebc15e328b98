// What was measured once and is expected again: a small JSON file, made to be committed. Keys are sorted, numbers have
// three digits, a task is several lines, and each object ends with an entry that is always there, so that a new task
// changes no other line: branches that add different tasks merge. Nothing in it depends on the machine's paths, pids or
// the time of day, and the same recording gives the same bytes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/verdict.h"

namespace loopstall::check {

// A value in ns, its standard error, and from how many blocks of time it was made.
struct Recorded {
  double value = 0, error = 0;
  std::size_t blocks = 0;
};

struct Baseline {
  std::uint64_t evidence_ns = 0;                  // stalls from here on have culprits
  std::map<std::string, Recorded> iterations;     // "own.p50", "own.p99"
  std::map<std::string, Recorded> tasks;          // identity -> mean own time of a step
  std::map<std::string, std::uint64_t> culprits;  // identity and cause -> own time of the worst stall
};

constexpr std::size_t kFewestBlocks = 5;           // fewer tell nothing of chance
constexpr double kAlpha = 0.05;                    // intervals of 95 %
constexpr double kTolerance = 0.10;                // unless told
constexpr std::uint64_t kToleranceNs = 1'000'000;  // unless told

Baseline baseline_of(const std::vector<Session>& runs, const Measured& measured);

std::string render_baseline(const Baseline& baseline);
// name: the file, for messages.
Result<Baseline> parse_baseline(std::string_view text, const std::string& name);
// `now`, but what changed by no more than the tolerance stays as it was: a commit shows what changed.
Baseline merge_baselines(const std::optional<Baseline>& before, const Baseline& now, const Settings& settings);

// Adds a finding for each value that both have, and one for each new culprit.
void compare(const Baseline& before, const Baseline& now, const Settings& settings, CheckResult& result);

}  // namespace loopstall::check
