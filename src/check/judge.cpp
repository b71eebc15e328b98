#include "check/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "check/reading.h"
#include "report/text_units.h"

namespace loopstall::check {
namespace {

// Of that many boundaries one may be missing without a number being wrong in its last digit that counts.
constexpr std::uint64_t kOneIn = 1000;
constexpr double kUnlikely = 0.05;
// Of busy time: if the machine took that much, little of what is left is known well.
constexpr double kTooMuchTaken = 0.25;

std::uint64_t needed(double quantile) {
  return quantile >= 1 || quantile <= 0 ? 1 : static_cast<std::uint64_t>(std::ceil(1 / (1 - quantile) - 1e-9));
}

// The chance that so many of n values or more lie beyond a quantile that holds: if it is small, the few there are
// tell enough.
double chance(std::uint64_t n, std::uint64_t breaking, double quantile) {
  double below = 0;
  const double p = 1 - quantile;
  double term = std::pow(quantile, static_cast<double>(n));
  for (std::uint64_t k = 0; k < breaking && k <= n; ++k) {
    below += term;
    term *= static_cast<double>(n - k) / static_cast<double>(k + 1) * p / quantile;
  }
  return 1 - below;
}

bool too_few(const Rule& rule, const Reading& reading) {
  if (rule.statistic != Statistic::Quantile || reading.n >= needed(rule.quantile)) return false;
  return !reading.breaking || chance(reading.n, reading.breaking, rule.quantile) > kUnlikely;
}

Finding undecided(Finding finding, std::string why) {
  finding.verdict = Verdict::Inconclusive;
  finding.why = std::move(why);
  return finding;
}

std::string range_text(const Rule& rule, const Reading& reading) {
  const double other = holds(rule.compare, reading.value, rule.limit) ? reading.most : reading.least;
  return fmt::format("it may be {} as well: {}", value_text(rule.unit, other), reading.doubt);
}

// How far from the limit, as a share of it.
std::string margin_text(const Rule& rule, double value) {
  if (rule.compare == Compare::Equal || rule.compare == Compare::NotEqual || rule.limit == 0) return "";
  const bool upper = rule.compare == Compare::Less || rule.compare == Compare::LessOrEqual;
  const double margin = 100 * (upper ? rule.limit - value : value - rule.limit) / rule.limit;
  return fmt::format("{:+.0f} %", std::abs(margin) < 0.5 ? 0.0 : margin);
}

Finding begin(const Rule& rule, const Reading& reading) {
  Finding finding{.kind = FindingKind::Rule, .name = rule.text, .level = rule.level};
  finding.value = reading.missing.empty() ? value_text(rule.unit, reading.value) : "";
  finding.limit = fmt::format("{} {}", compare_text(rule.compare), value_text(rule.unit, rule.limit));
  if (reading.missing.empty()) finding.margin = margin_text(rule, reading.value);
  finding.because = rule.because;
  finding.origin = rule.origin;
  return finding;
}

// A value that is known within bounds is told with both.
std::string why_broken(const Rule& rule, const Reading& reading) {
  const std::string basis = rule.unit == Unit::Time && rule.time == TimeBasis::Own ? " of own time" : "";
  const std::string value = value_text(rule.unit, reading.value), least = value_text(rule.unit, reading.least);
  const std::string range = least == value ? value : fmt::format("between {} and {}", least, value);
  return fmt::format("{}{}, and not {} {}", range, basis, compare_text(rule.compare),
                     value_text(rule.unit, rule.limit));
}

}  // namespace

Finding judge(const Rule& rule, const Measured& measured) {
  const Reading reading = read(rule, measured);
  Finding finding = begin(rule, reading);
  if (!reading.missing.empty()) return undecided(std::move(finding), reading.missing);
  if (measured.boundaries_lost * kOneIn > measured.iterations)
    return undecided(std::move(finding), "too much was lost: " + fmt::format("{} waits or threads were not seen",
                                                                             measured.boundaries_lost));
  if (rule.time == TimeBasis::Own && ratio(measured.taken_ns, measured.busy_ns) > kTooMuchTaken)
    return undecided(std::move(finding),
                     fmt::format("too much noise: the machine took {} of {} of busy time",
                                 format_duration(measured.taken_ns), format_duration(measured.busy_ns)));
  const bool ok = holds(rule.compare, reading.value, rule.limit);
  if (too_few(rule, reading))
    return undecided(std::move(finding),
                     fmt::format("{} are too few for this percentile; it takes {}", reading.n, needed(rule.quantile)));
  if (!ok) finding.offenders = reading.offenders;
  if (ok != holds(rule.compare, reading.least, rule.limit) || ok != holds(rule.compare, reading.most, rule.limit))
    return undecided(std::move(finding), range_text(rule, reading));
  finding.verdict = ok ? Verdict::Pass : Verdict::Fail;
  if (!ok) finding.why = why_broken(rule, reading);
  return finding;
}

std::string value_text(Unit unit, double value) {
  if (unit == Unit::Time) return format_duration(static_cast<std::uint64_t>(std::llround(value)));
  if (std::isinf(value)) return "any number";
  if (unit == Unit::Share) return value > 0 && value < 0.0005 ? "<0.1 %" : fmt::format("{:.1f} %", 100 * value);
  return value == std::floor(value) ? format_count(static_cast<std::uint64_t>(value)) : fmt::format("{:.3g}", value);
}

}  // namespace loopstall::check
