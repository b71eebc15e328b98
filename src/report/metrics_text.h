// OpenMetrics' text: families with help and type, each with its samples. Only gauges and histograms are written: they
// read the same in OpenMetrics and in Prometheus' older format, whose counters are named differently.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace loopstall {

// {loop="0",pid="4711"}; values are cleaned and escaped.
class MetricLabels {
 public:
  MetricLabels() = default;
  MetricLabels(std::initializer_list<std::pair<std::string_view, std::string>> labels);
  MetricLabels with(std::string_view name, std::string_view value) const;
  std::string text() const { return inner_.empty() ? "" : "{" + inner_ + "}"; }
  auto operator<=>(const MetricLabels&) const = default;

 private:
  std::string inner_;
};

// Nanoseconds as seconds, exactly: "0.0123", "12", "1.5".
std::string metric_seconds(std::uint64_t ns);

class MetricsText {
 public:
  // unit: "" or what the name ends in. The samples that follow belong to it.
  void family(std::string_view name, std::string_view type, std::string_view unit, std::string_view help);
  void sample(const MetricLabels& labels, std::string_view value, std::string_view suffix = "");
  void sample(const MetricLabels& labels, std::uint64_t value, std::string_view suffix = "");
  std::string finish() &&;

 private:
  std::string name_, out_;
};

// One value for each set of labels; what has the same labels is added up, for it must not be told twice.
class MetricSums {
 public:
  void add(const MetricLabels& labels, std::uint64_t value) { sums_[labels] += value; }
  void raise(const MetricLabels& labels, std::uint64_t value) {
    std::uint64_t& most = sums_[labels];
    most = most > value ? most : value;
  }
  void write_counts(MetricsText& text) const;
  void write_seconds(MetricsText& text) const;

 private:
  std::map<MetricLabels, std::uint64_t> sums_;
};

}  // namespace loopstall
