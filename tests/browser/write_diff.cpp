// write_diff DIRECTORY: pages of `loopstall diff` of made-up sessions, and their JSON, for test_diff_page.py:
// diff.html, waiting.html of sessions with queue delay, and requests.html.
#include <fstream>
#include <string>

#include "diff/formats.h"
#include "unit/diff/served.h"
#include "unit/report/cases.h"

namespace {

using namespace loopstall;

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// Stalls with stacks in the one that comes first, steps of tasks in both.
Session with_stalls(Session steps) {
  for (const GoldenCase& c : golden_cases()) {
    if (std::string_view(c.name) != "culprits") continue;
    const Session stalls = c.make();
    steps.stalls = stalls.stalls;
    steps.groups = stalls.groups;
    for (Stall& stall : steps.stalls) stall.loop = {0};
    for (StallGroup& group : steps.groups) group.loop = {0};
  }
  return steps;
}

void write_pages(const std::string& base, const test::Served& first, const test::Served& second) {
  const Summary before = summarize(with_stalls(first.session)), after = second.summary();
  const Comparison comparison{before, after, compare(before, after)};
  write(base + ".html", render_diff_html(comparison, {}));
  write(base + ".json", render_diff_json(comparison, {}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string directory = argv[1], hostile = "<img src=x onerror=document.title='hit'>";
  test::Served before(1), after(2);
  before.readings(30, {{"report", 5, 2}, {"items", 2, 4}});
  after.readings(30, {{"report", 8, 2}, {"items", 2, 4}, {hostile, 3, 2}});
  write_pages(directory + "/diff", before, after);
  write_pages(directory + "/waiting", before.waits(2 * kMillisecond, 60), after.waits(80 * kMillisecond, 600));
  const RequestName report{Protocol::Http, "GET /report", false}, odd{Protocol::Http, "GET /" + hostile, true};
  before.asks(report, 100, 2 * kMillisecond).asks({Protocol::Redis, "PING", false}, 9, 0);
  write_pages(directory + "/requests", before, after.asks(report, 200, 80 * kMillisecond).asks(odd, 1, 0));
}
