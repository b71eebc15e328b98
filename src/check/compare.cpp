#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "check/baseline.h"
#include "check/judge.h"
#include "model/resample.h"

namespace loopstall::check {
namespace {

// From this share of busy time on the run queue a loop has more to do in each of its iterations than else: what came in
// meanwhile. Its iterations are longer then, in own time too, and no step of a task is.
constexpr double kCrowded = 0.20;

struct Tolerance {
  double share;
  double ns;
  double of(double value) const { return std::max(share * value, ns); }
};

Tolerance tolerance_of(const Settings& settings) {
  return {settings.tolerance.value_or(kTolerance), static_cast<double>(settings.tolerance_ns.value_or(kToleranceNs))};
}

// Worse by more than the tolerance, whatever chance did: fail. Not worse, and the interval so narrow that twice the
// tolerance would have shown: pass. Else chance may have done it, or hidden it.
Verdict verdict_of(const Interval& change, double tolerance) {
  if (change.low > tolerance) return Verdict::Fail;
  return change.middle <= tolerance && change.high - change.middle <= tolerance ? Verdict::Pass : Verdict::Inconclusive;
}

std::string signed_time(double ns) {
  return fmt::format("{}{}", ns < 0 ? "-" : "+", value_text(Unit::Time, std::abs(ns)));
}

std::string change_text(const Interval& change, const Recorded& before) {
  const double percent = before.value > 0 ? 100 * change.middle / before.value : 0;
  return fmt::format("{:+.0f} %", percent);
}

Interval difference(const Recorded& before, const Recorded& now) {
  return difference_interval({before.value, before.error, 0}, {now.value, now.error, 0},
                             reach(kAlpha, std::min(before.blocks, now.blocks)));
}

Finding compare_values(const std::string& name, const Recorded& now, const Recorded& before, Tolerance tolerance) {
  const Interval change = difference(before, now);
  const double allowed = tolerance.of(before.value);
  Finding finding{.kind = FindingKind::Baseline, .name = name};
  finding.verdict = verdict_of(change, allowed);
  finding.value = value_text(Unit::Time, now.value);
  finding.limit = value_text(Unit::Time, before.value);
  finding.margin = change_text(change, before);
  const std::string range =
      fmt::format("{}, by {} to {}", signed_time(change.middle), signed_time(change.low), signed_time(change.high));
  const std::string more = value_text(Unit::Time, allowed);
  if (finding.verdict == Verdict::Fail)
    finding.why = fmt::format("worse than the baseline: {}, all of it more than {}", range, more);
  if (finding.verdict == Verdict::Inconclusive)
    finding.why =
        fmt::format("too much noise to tell: {}, where {} are allowed; longer or more runs narrow it", range, more);
  return finding;
}

// Whose handler it was: what a task that got slower is to be shown with.
std::vector<std::size_t> offenders_in(std::string_view task, const Measured& measured) {
  task.remove_prefix(std::min(task.find(' ') + 1, task.size()));  // "own.avg"
  std::vector<std::size_t> offenders;
  for (std::size_t i = 0; i < measured.offenders.size(); ++i) {
    const Culprit& culprit = measured.offenders[i].culprit;
    const auto begins = [&](const Frame& frame) {
      return !frame.function.empty() && task.starts_with(identity_of(frame));
    };
    if (begins(culprit.handler) || begins(culprit.named())) offenders.push_back(i);
  }
  return offenders;
}

constexpr std::ptrdiff_t kHeaviest = 3;

std::vector<std::size_t> heaviest(const Measured& measured) {
  std::vector<std::size_t> all(measured.offenders.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const auto time = [&](std::size_t i) {
    std::uint64_t sum = 0;
    for (const Blamed& stall : measured.offenders[i].stalls) sum += stall.own_ns;
    return sum;
  };
  std::stable_sort(all.begin(), all.end(), [&](std::size_t a, std::size_t b) { return time(a) > time(b); });
  if (all.size() > kHeaviest) all.erase(all.begin() + kHeaviest, all.end());
  return all;
}

void compare_iterations(const Baseline& before, const Baseline& now, Tolerance tolerance, CheckResult& result) {
  const Measured& m = result.measured;
  const bool crowded = ratio(m.runqueue_ns, m.busy_ns) > kCrowded;
  for (const auto& [name, value] : now.iterations) {
    const auto old = before.iterations.find(name);
    if (old == before.iterations.end()) continue;
    Finding finding = compare_values("iterations " + name, value, old->second, tolerance);
    if (finding.verdict != Verdict::Pass) finding.offenders = heaviest(m);
    if (finding.verdict == Verdict::Fail && crowded) {
      finding.verdict = Verdict::Inconclusive;
      finding.why += fmt::format(
          "; but the loop was without a CPU for {:.0f} % of its busy time, and then more comes in for each "
          "iteration",
          100 * ratio(m.runqueue_ns, m.busy_ns));
    }
    result.findings.push_back(std::move(finding));
  }
}

// What the baseline has and this measurement has too little of. A task that is gone altogether was removed or renamed.
void tell_missing(const Baseline& before, const Baseline& now, CheckResult& result) {
  const auto tell = [&](std::string name, std::string why) {
    result.findings.push_back(
        {.kind = FindingKind::Baseline, .name = std::move(name), .verdict = Verdict::Inconclusive});
    result.findings.back().why = std::move(why);
  };
  const Measured& m = result.measured;
  for (const auto& [name, value] : before.iterations)
    if (!now.iterations.contains(name))
      tell("iterations " + name,
           fmt::format("too little to compare: {} iterations in {}", m.iterations, format_duration(m.duration_ns)));
  if (m.tasks.empty() && !before.tasks.empty()) tell("tasks", "no task steps were counted; the baseline has them");
}

void compare_tasks(const Baseline& before, const Baseline& now, Tolerance tolerance, CheckResult& result) {
  for (const auto& [name, value] : now.tasks) {
    const auto old = before.tasks.find(name);
    if (old == before.tasks.end()) continue;
    Finding finding = compare_values("task " + name, value, old->second, tolerance);
    if (finding.verdict != Verdict::Pass) finding.offenders = offenders_in(name, result.measured);
    result.findings.push_back(std::move(finding));
  }
}

// "load app.py: cpu" cut into who, the file and the cause.
struct Key {
  std::string_view who, file, cause;
};
Key cut(std::string_view key) {
  const std::size_t colon = key.rfind(": "), space = key.substr(0, colon).rfind(' ');
  if (colon == std::string_view::npos || space == std::string_view::npos) return {key.substr(0, colon), "", ""};
  return {key.substr(0, space), key.substr(space + 1, colon - space - 1), key.substr(colon + 2)};
}

// A function that was renamed or moved: one with the same name or file and the same cause is gone, and took as long.
const std::string* renamed(const std::string& key, std::uint64_t own_ns, const Baseline& before, const Baseline& now,
                           Tolerance tolerance) {
  const Key it = cut(key);
  for (const auto& [old, worst] : before.culprits) {
    const Key other = cut(old);
    const bool alike = other.cause == it.cause && (other.file == it.file || other.who == it.who);
    const double old_ns = static_cast<double>(worst);
    if (alike && !now.culprits.contains(old) && static_cast<double>(own_ns) <= old_ns + tolerance.of(old_ns))
      return &old;
  }
  return nullptr;
}

bool blocks(std::string_view cause) { return is_blocking(cause_from_name(cause)); }

// The same function with another cause, where that is no news: what slept computes when the disk is fast, and which of
// two calls took longest changes from run to run. What only computed before and sleeps now is news.
bool known_otherwise(const std::string& key, std::uint64_t own_ns, const Baseline& before, Tolerance tolerance) {
  const Key it = cut(key);
  return std::any_of(before.culprits.begin(), before.culprits.end(), [&](const auto& old) {
    const Key other = cut(old.first);
    const double old_ns = static_cast<double>(old.second);
    return other.who == it.who && other.file == it.file && (blocks(other.cause) || !blocks(it.cause)) &&
           static_cast<double>(own_ns) <= old_ns + tolerance.of(old_ns);
  });
}

Finding new_culprit(const Offender& offender, const std::string& key, std::size_t place) {
  Finding finding{.kind = FindingKind::Culprit, .name = "new culprit " + key};
  finding.verdict = Verdict::Fail;
  finding.value = value_text(Unit::Time, static_cast<double>(offender.worst_own_ns));
  finding.limit = "none";
  finding.why = "it did not hold the loop in the baseline";
  finding.offenders = {place};
  return finding;
}

// What slept did so once too often. What computed may have met a garbage collection: it takes a whole stall, or several
// times. And where none of the user's own functions was seen, the outermost of a library's stands for all that it does,
// collections and whatever came in while the loop was without a CPU: that takes several whole stalls.
constexpr std::ptrdiff_t kSeveral = 3;
bool tells(const Offender& offender, double from_ns, std::uint64_t threshold_ns) {
  const auto as_long_as = [&](double ns) {
    return std::count_if(offender.stalls.begin(), offender.stalls.end(),
                         [ns](const Blamed& stall) { return static_cast<double>(stall.own_ns) >= ns; });
  };
  const double stall_ns = std::max(from_ns, static_cast<double>(threshold_ns));
  if (offender.culprit.named().role != FrameRole::User) return as_long_as(stall_ns) >= kSeveral;
  if (is_blocking(offender.cause.kind)) return as_long_as(from_ns) > 0;
  return as_long_as(stall_ns) > 0 || as_long_as(from_ns) >= kSeveral;
}

// A stall just above the evidence threshold may have been just below it in the baseline: it takes the tolerance more.
void find_new_culprits(const Baseline& before, const Baseline& now, Tolerance tolerance, CheckResult& result) {
  const double from = static_cast<double>(std::max(before.evidence_ns, now.evidence_ns)) + tolerance.ns;
  for (std::size_t i = 0; i < result.measured.offenders.size(); ++i) {
    const Offender& offender = result.measured.offenders[i];
    const std::string key = key_of(offender);
    const std::uint64_t own_ns = offender.worst_own_ns;
    if (offender.ignored || before.culprits.contains(key) || !tells(offender, from, result.measured.threshold_ns))
      continue;
    if (known_otherwise(key, own_ns, before, tolerance)) continue;
    Finding finding = new_culprit(offender, key, i);
    if (const std::string* old = renamed(key, own_ns, before, now, tolerance)) {
      finding.verdict = Verdict::Pass;
      finding.why = "as long as \"" + *old + "\", which is gone: renamed or moved";
    }
    result.findings.push_back(std::move(finding));
  }
}

bool same(const Recorded& a, const Recorded& b, Tolerance tolerance) {
  return std::abs(a.value - b.value) <= tolerance.of(b.value);
}
bool same(std::uint64_t a, std::uint64_t b, Tolerance tolerance) {
  const auto x = static_cast<double>(a), y = static_cast<double>(b);
  return std::abs(x - y) <= tolerance.of(y);
}

template <class T>
void keep_unchanged(std::map<std::string, T>& now, const std::map<std::string, T>& before, Tolerance tolerance) {
  for (auto& [key, value] : now)
    if (const auto old = before.find(key); old != before.end() && same(value, old->second, tolerance))
      value = old->second;
}

}  // namespace

void compare(const Baseline& before, const Baseline& now, const Settings& settings, CheckResult& result) {
  const Tolerance tolerance = tolerance_of(settings);
  compare_iterations(before, now, tolerance, result);
  compare_tasks(before, now, tolerance, result);
  tell_missing(before, now, result);
  find_new_culprits(before, now, tolerance, result);
}

Baseline merge_baselines(const std::optional<Baseline>& before, const Baseline& now, const Settings& settings) {
  if (!before) return now;
  const Tolerance tolerance = tolerance_of(settings);
  Baseline merged = now;
  keep_unchanged(merged.iterations, before->iterations, tolerance);
  keep_unchanged(merged.tasks, before->tasks, tolerance);
  keep_unchanged(merged.culprits, before->culprits, tolerance);
  return merged;
}

}  // namespace loopstall::check
