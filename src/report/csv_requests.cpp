// A record for each request's name, in the order of the JSON report's requests[].
#include "report/csv_text.h"
#include "report/report.h"

namespace loopstall {
namespace {

constexpr const char* kColumns[] = {"protocol", "request", "cut",    "count",  "per_s",   "timed", "held_ns",
                                    "min_ns",   "p50_ns",  "p90_ns", "p99_ns", "p999_ns", "max_ns"};

// Empty where it is known of none.
void add_hold(CsvText& csv, const Distribution& hold) {
  csv.add(hold.count);
  if (!hold.count) return static_cast<void>(csv.skip().skip().skip().skip().skip().skip().skip());
  csv.add(hold.sum_ns).add(hold.min_ns).add(hold.p50_ns).add(hold.p90_ns);
  csv.add(hold.p99_ns).add(hold.p999_ns).add(hold.max_ns);
}

}  // namespace

std::string render_csv_requests(const Summary& summary, const ReportStyle&) {
  CsvText csv;
  for (const char* name : kColumns) csv.add(name);
  csv.end_record();
  for (const RequestSummary& row : summary.requests) {
    csv.add(protocol_name(row.name.protocol)).add(row.name.text).add(row.name.cut);
    csv.add(row.count).add_rounded(row.per_second);
    add_hold(csv, row.hold);
    csv.end_record();
  }
  return csv.take();
}

}  // namespace loopstall
