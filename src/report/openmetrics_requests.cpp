#include "report/openmetrics_parts.h"

namespace loopstall::openmetrics {
namespace {

MetricLabels labels_of(const RequestSummary& row) {
  return MetricLabels{{"protocol", std::string(protocol_name(row.name.protocol))},
                      {"request", row.name.text},
                      {"cut", row.name.cut ? "1" : "0"}};
}

}  // namespace

void write_requests(MetricsText& text, const Summary& summary) {
  if (!summary.request_reads.measured) return;
  MetricSums counts, timed, held, longest;
  for (const RequestSummary& row : summary.requests) {
    counts.add(labels_of(row), row.count);
    timed.add(labels_of(row), row.hold.count);
    held.add(labels_of(row), row.hold.sum_ns);
    longest.raise(labels_of(row), row.hold.max_ns);
  }
  text.family("requests", "gauge", "", "Requests that the loops read, by method and path, or command.");
  counts.write_counts(text);
  text.family("requests_timed", "gauge", "", "Of these, those of which it is known how long they held the loop.");
  timed.write_counts(text);
  text.family("request_hold_seconds", "gauge", "seconds", "For how long these held the loop.");
  held.write_seconds(text);
  text.family("request_longest_hold_seconds", "gauge", "seconds", "The longest of these.");
  longest.write_seconds(text);
  text.family("reads_encrypted", "gauge", "", "Reads of TLS, whose requests can not be told.");
  text.sample({}, summary.request_reads.encrypted);
  text.family("reads_not_told", "gauge", "", "Reads of other protocols, or of requests begun before they were seen.");
  text.sample({}, summary.request_reads.not_told);
}

}  // namespace loopstall::openmetrics
