// write_diff FILE: the page of `loopstall diff` of two made-up sessions, and FILE.json, for test_diff_page.py.
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

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::string path = argv[1], hostile = "<img src=x onerror=document.title='hit'>";
  const Summary before =
      summarize(with_stalls(test::Served(1).readings(30, {{"report", 5, 2}, {"items", 2, 4}}).session));
  const Summary after = test::Served(2).readings(30, {{"report", 8, 2}, {"items", 2, 4}, {hostile, 3, 2}}).summary();
  const Comparison comparison{before, after, compare(before, after)};
  write(path, render_diff_html(comparison, {}));
  write(path + ".json", render_diff_json(comparison, {}));
}
