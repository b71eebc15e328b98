#include "report/metrics_text.h"

#include <fmt/format.h>

#include "base/units.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

// A newline can not be in it: clean() has replaced it.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : clean(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

MetricLabels::MetricLabels(std::initializer_list<std::pair<std::string_view, std::string>> labels) {
  for (const auto& [name, value] : labels) *this = with(name, value);
}

MetricLabels MetricLabels::with(std::string_view name, std::string_view value) const {
  MetricLabels more = *this;
  more.inner_ += fmt::format("{}{}=\"{}\"", inner_.empty() ? "" : ",", name, escaped(value));
  return more;
}

std::string metric_seconds(std::uint64_t ns) {
  std::string text = fmt::format("{}.{:09}", ns / kSecond, ns % kSecond);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

void MetricsText::family(std::string_view name, std::string_view type, std::string_view unit, std::string_view help) {
  name_ = std::string("loopstall_").append(name);
  out_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name_, help, name_, type);
  if (!unit.empty()) out_ += fmt::format("# UNIT {} {}\n", name_, unit);
}

void MetricsText::sample(const MetricLabels& labels, std::string_view value, std::string_view suffix) {
  out_.append(name_).append(suffix).append(labels.text()).append(" ").append(value).append("\n");
}

void MetricsText::sample(const MetricLabels& labels, std::uint64_t value, std::string_view suffix) {
  sample(labels, std::to_string(value), suffix);
}

std::string MetricsText::finish() && { return std::move(out_ += "# EOF\n"); }

void MetricSums::write_counts(MetricsText& text) const {
  for (const auto& [labels, value] : sums_) text.sample(labels, value);
}

void MetricSums::write_seconds(MetricsText& text) const {
  for (const auto& [labels, value] : sums_) text.sample(labels, metric_seconds(value));
}

}  // namespace loopstall
