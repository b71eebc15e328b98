#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "diff/formats.h"
#include "diff/words.h"
#include "report/text_names.h"
#include "report/text_units.h"
#include "report/utf8.h"
#include "report/wall_clock.h"

namespace loopstall {
namespace {

constexpr std::size_t kUnchangedShown = 10, kRequestsShown = 20;

// A name must not end its cell, begin a link or be HTML.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '&')
      out += "&amp;";
    else if (std::string_view("\\`*_{}[]()#+!|~>").find(c) != std::string_view::npos)
      out.append("\\").append(1, c);
    else
      out += c;
  }
  return out;
}

std::string cell(std::uint64_t before, std::uint64_t after, const Item& item) {
  const std::string left = item.before.count ? format_duration(before) : "–";
  const std::string right = item.after.count ? format_duration(after) : "–";
  return fmt::format("{} → {}", left, right);
}

std::string row(const Item& item, bool waiting) {
  const Distribution &a = item.before.values, &b = item.after.values;
  const bool differs = is_difference(item.verdict);
  const std::string_view mark = differs ? "**" : "";
  const std::string last = waiting ? fmt::format(" {} |", waiting_text(item)) : "";
  return fmt::format("| {} | {}{}{} | {} | {} → {} | {} → {} | {} | {} | {} | {} | {} |{}\n", escaped(name_of(item)),
                     mark, verdict_name(item.verdict), mark, escaped(how_much(item)), format_count(item.before.count),
                     format_count(item.after.count), decimal(item.before.per_s), decimal(item.after.per_s),
                     cell(item.before.own_mean_ns, item.after.own_mean_ns, item), cell(a.p50_ns, b.p50_ns, item),
                     cell(a.p90_ns, b.p90_ns, item), cell(a.p99_ns, b.p99_ns, item), cell(a.max_ns, b.max_ns, item),
                     last);
}

std::string table(std::string_view title, std::string_view unit, const std::vector<Item>& items, bool waiting) {
  if (items.empty()) return "";
  std::string text = fmt::format(
      "\n| {} | | change | {} | per s | own mean | p50 | p90 | p99 | max |{}\n"
      "|---|---|---|--:|--:|--:|--:|--:|--:|--:|{}\n",
      title, unit, waiting ? " what sockets waited |" : "", waiting ? "---|" : "");
  std::size_t unchanged = 0;
  for (const Item& item : items)
    if (is_difference(item.verdict) || unchanged++ < kUnchangedShown) text += row(item, waiting);
  if (unchanged > kUnchangedShown)
    text += fmt::format("\n… and {} more without a difference\n", unchanged - kUnchangedShown);
  return text;
}

// A cell of both sessions; "–" where there are none, or it is not known.
template <class Value>
std::string request_cell(const RequestChange& change, Value value) {
  const auto text = [&](const std::optional<RequestSummary>& side) { return side ? value(*side) : std::string("–"); };
  return fmt::format(" {} → {} |", text(change.before), text(change.after));
}

std::string request_row(const RequestChange& change) {
  std::string row = fmt::format("| {} |", escaped(request_text(change.name)));
  row += request_cell(change, [](const RequestSummary& side) { return format_count(side.count); });
  row += request_cell(change, [](const RequestSummary& side) { return decimal(side.per_second); });
  for (const auto part : {&Distribution::sum_ns, &Distribution::p50_ns, &Distribution::p99_ns, &Distribution::max_ns})
    row += request_cell(change, [part](const RequestSummary& side) {
      return side.hold.count ? format_duration(side.hold.*part) : "–";
    });
  return row + "\n";
}

std::string request_table(const std::vector<RequestChange>& requests) {
  if (requests.empty()) return "";
  std::string text =
      "\n| request (shown, not tested) | count | per s | held | p50 | p99 | max |\n"
      "|---|--:|--:|--:|--:|--:|--:|\n";
  for (std::size_t i = 0; i < std::min(requests.size(), kRequestsShown); ++i) text += request_row(requests[i]);
  if (requests.size() > kRequestsShown) text += fmt::format("\n… and {} more\n", requests.size() - kRequestsShown);
  return text;
}

std::string session_text(const SessionInfo& info) {
  return fmt::format("{}, {} from {} UTC", escaped(clean(info.target, 60)), format_duration(info.duration_ns),
                     date_and_time(info.start_realtime_ns));
}

}  // namespace

std::string render_diff_markdown(const Comparison& comparison, const ReportStyle&) {
  const Diff& diff = comparison.diff;
  std::string text =
      fmt::format("**{} {}**\n\nBefore: {}  \nAfter: {}\n", verdict_mark(diff), escaped(verdict_text(diff)),
                  session_text(diff.sessions[0]), session_text(diff.sessions[1]));
  const bool waiting = knows_waiting(diff);
  text += table("task", "steps", diff.tasks, waiting) + table("loop (own times)", "iterations", diff.loops, waiting);
  text += request_table(diff.requests);
  text += "\n<sub>" + escaped(method_text(diff)) + "</sub>\n";
  for (const std::string& note : diff.notes) text += "\n" + escaped(clean(note)) + "\n";
  return text;
}

}  // namespace loopstall
