// Requests by name in the formats that have no golden files of them.
#include "cases.h"
#include "catch.h"
#include "report/report.h"

namespace loopstall {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t lines(const std::string& text) {
  std::size_t n = 0;
  for (const char c : text) n += c == '\n' ? 1 : 0;
  return n;
}

}  // namespace

TEST_CASE("csv-requests has a record for each name") {
  const Summary summary = summarize(session_with_requests());
  const std::string csv = render_csv_requests(summary, {});
  CHECK(lines(csv) == summary.requests.size() + 1);
  CHECK(contains(csv, "http,GET /report,0,15,"));
  CHECK(contains(csv, "redis,HGETALL,0,98765,"));
  CHECK(contains(csv, "other,,0,55,"));
}

TEST_CASE("OpenMetrics has requests by name, if somebody asked for them") {
  const std::string metrics = render_openmetrics(summarize(session_with_requests()), {});
  CHECK(contains(metrics, "loopstall_requests{protocol=\"redis\",request=\"HGETALL\",cut=\"0\"} 98765\n"));
  CHECK(contains(metrics, "loopstall_reads_encrypted 4321\n"));
  CHECK(contains(metrics, "loopstall_reads_not_told 17\n"));
  CHECK_FALSE(contains(render_openmetrics(summarize(session_with_tasks()), {}), "loopstall_requests"));
}

}  // namespace loopstall
