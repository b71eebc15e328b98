#include "diff/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/units.h"
#include "report/text_names.h"
#include "report/text_units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

constexpr double kManifold = 3;
constexpr std::size_t kNamed = 3;

bool has_handler(const Item& item) { return !item.handler.name.empty(); }

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts)
    if (!part.empty()) text.append(text.empty() ? "" : separator).append(part);
  return text;
}

// All differences, worst first.
std::vector<const Item*> differences(const Diff& diff) {
  std::vector<const Item*> items;
  for (const auto* list : {&diff.tasks, &diff.loops})
    for (const Item& item : *list)
      if (is_difference(item.verdict)) items.push_back(&item);
  return items;
}

std::string named(const std::vector<const Item*>& items, Verdict verdict) {
  std::vector<std::string> names;
  std::size_t more = 0;
  for (const Item* item : items) {
    if (item->verdict != verdict) continue;
    if (names.size() == kNamed && ++more) continue;
    const std::string much = how_much(*item);
    names.push_back(much.empty() ? name_of(*item) : fmt::format("{} ({})", name_of(*item), much));
  }
  if (more) names.push_back(fmt::format("{} more", more));
  return names.empty() ? "" : fmt::format("{}: {}", verdict_name(verdict), joined(names, ", "));
}

std::uint64_t whole_ns(double ns) { return static_cast<std::uint64_t>(std::llround(ns)); }

// "122 us → 240 us"
template <class Value>
std::string before_and_after(const Waiting& before, const Waiting& after, Value value) {
  const auto text = [&](const Waiting& w) { return w.measured ? format_duration(value(w)) : "–"; };
  return text(before) + " → " + text(after);
}

}  // namespace

std::string name_of(const Item& item) {
  if (!item.is_task) return "loop " + clean(item.loop, 40);
  const SourceName& who = has_handler(item) ? item.handler : item.source;
  if (!who.name.empty()) return name_and_place(who, 60);
  return item.kind == TaskKind::Other ? "(other tasks)" : "(a task whose name is not known)";
}

std::string about(const Item& item) {
  if (!item.is_task) return clean(item.matched, 70);
  std::vector<std::string> parts;
  if (item.kind != TaskKind::Task && item.kind != TaskKind::Other) parts.emplace_back(task_kind_name(item.kind));
  if (has_handler(item)) parts.push_back("in " + name_and_place(item.source, 50));
  if (item.estimated) parts.emplace_back("~ some of these steps are an estimate");
  return joined(parts, " · ");
}

std::string waiting_text(const Item& item) {
  const Waiting &a = item.before.waiting, &b = item.after.waiting;
  if (!a.measured && !b.measured) return "";
  const std::string per_s = before_and_after(a, b, [](const Waiting& w) { return whole_ns(w.ns_per_s); });
  if (item.is_task) return fmt::format("blame {} a second", per_s);
  const auto p50 = [](const Waiting& w) { return w.delay.p50_ns; };
  const auto p99 = [](const Waiting& w) { return w.delay.p99_ns; };
  return fmt::format("queue delay {}, {}; sockets waited {} a second", "p50 " + before_and_after(a, b, p50),
                     "p99 " + before_and_after(a, b, p99), per_s);
}

std::string_view name_of(const Change& change) { return change.name == "mean" ? "own mean" : change.name; }

std::string change_text(const Change& change) {
  const double ratio = change.ratio.middle;
  if (!std::isfinite(ratio) || ratio <= 0) return "?";
  if (ratio >= kManifold) return "×" + decimal(ratio);
  return fmt::format("{:+.0f} %", (ratio - 1) * 100);
}

std::string how_much(const Item& item) {
  if (item.verdict == Verdict::Untested) return std::string(item.why);
  std::vector<std::string> parts;
  for (const Change& change : item.changes)
    if (change.worse || change.better) parts.push_back(fmt::format("{} {}", name_of(change), change_text(change)));
  return joined(parts, ", ");
}

std::string_view verdict_mark(const Diff& diff) {
  if (count_of(diff, Verdict::Worse)) return "✗";
  if (!differences(diff).empty()) return "≠";
  return diff.comparisons ? "✓" : "?";
}

std::string verdict_text(const Diff& diff) {
  const auto items = differences(diff);
  if (items.empty() && diff.comparisons == 0) return "Nothing could be compared";
  if (items.empty()) return "No difference: nothing changed by more than noise and the tolerance";
  return joined({named(items, Verdict::Worse), named(items, Verdict::New), named(items, Verdict::Better),
                 named(items, Verdict::Gone)},
                "; ");
}

std::string method_text(const Diff& diff) {
  return fmt::format(
      "{:.3g} % for all {} together ({:.2g} % each, Bonferroni); intervals by drawing {} and {} blocks of time {} "
      "times; a difference is beyond {:.3g} % and {} with its whole interval{}",
      diff.tolerance.level * 100, counted(diff.comparisons, "comparison"),
      diff.tolerance.level * 100 / std::max<double>(1, static_cast<double>(diff.comparisons)), diff.blocks[0],
      diff.blocks[1], format_count(kDraws), diff.tolerance.share * 100, round_duration(diff.tolerance.ns),
      knows_waiting(diff) ? "; queue delay and blame are shown, not tested" : "");
}

}  // namespace loopstall
