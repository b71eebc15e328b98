#include "check/baseline.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "catch.h"
#include "scene.h"

namespace loopstall::check {
namespace {

using namespace scene;

Baseline baseline(Scene& scene) { return baseline_of({scene.session()}, measured(scene)); }

CheckResult compared(Scene& before, Scene& now, const Settings& settings = {}) {
  CheckResult result;
  result.measured = measured(now);
  compare(baseline(before), baseline(now), settings, result);
  return result;
}

const Finding* find(const CheckResult& result, const std::string& name) {
  for (const Finding& finding : result.findings)
    if (finding.name == name) return &finding;
  return nullptr;
}

// A disk that does what it is told.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("loopstall-baseline-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  void write(const std::string& text) const { std::ofstream(path_ / "baseline.json") << text; }
  std::string read() const {
    std::ostringstream text;
    text << std::ifstream(path_ / "baseline.json").rdbuf();
    return text.str();
  }
  int git(const std::string& arguments) const {
    return std::system(
        ("git -c user.name=t -c user.email=t@example.org -C '" + path_.string() + "' " + arguments + " >/dev/null 2>&1")
            .c_str());
  }

 private:
  std::filesystem::path path_;
};

Baseline with_task(Baseline baseline, const std::string& name) {
  baseline.tasks["own.avg " + name] = {1e6, 0.1e6, 25};
  return baseline;
}

}  // namespace

TEST_CASE("a baseline is the same bytes each time, and reads back") {
  Scene scene = quiet();
  const std::string text = render_baseline(baseline(scene));
  CHECK(text == render_baseline(baseline(scene)));
  const auto read = parse_baseline(text, "b.json");
  REQUIRE(read);
  CHECK(render_baseline(*read) == text);
  CHECK(read->tasks.contains("own.avg report_page app.py"));
  CHECK(read->culprits.contains("report_page app.py: cpu"));
  CHECK(read->iterations.contains("own.p99"));
  CHECK(text.find("/srv/") == std::string::npos);
  CHECK(text.find("4711") == std::string::npos);
}

TEST_CASE("branches that add different tasks merge") {
  Scene scene = quiet();
  const Baseline base = baseline(scene);
  const Folder folder;
  folder.write(render_baseline(base));
  REQUIRE(folder.git("init -q -b main") == 0);
  REQUIRE(folder.git("add .") == 0);
  REQUIRE(folder.git("commit -qm base") == 0);
  REQUIRE(folder.git("checkout -qb one") == 0);
  folder.write(render_baseline(with_task(base, "a_first app.py")));
  REQUIRE(folder.git("commit -qam one") == 0);
  REQUIRE(folder.git("checkout -q main") == 0);
  folder.write(render_baseline(with_task(base, "zz_last app.py")));
  REQUIRE(folder.git("commit -qam two") == 0);
  CHECK(folder.git("merge -q --no-edit one") == 0);
  CHECK(folder.read() == render_baseline(with_task(with_task(base, "a_first app.py"), "zz_last app.py")));
}

TEST_CASE("a file that is no baseline says why") {
  const auto says = [](const std::string& text) {
    const auto read = parse_baseline(text, "b.json");
    REQUIRE_FALSE(read);
    return read.error().message;
  };
  CHECK(says("").find("not a JSON object") != std::string::npos);
  CHECK(says("[]").find("not a JSON object") != std::string::npos);
  CHECK(says("{}").find("baseline/1") != std::string::npos);
  CHECK(says("{\"loopstall\": \"baseline/2\"}").find("reads no other") != std::string::npos);
  CHECK(says("<<<<<<< HEAD\n{}").find("conflict") != std::string::npos);
  CHECK(says("{\"loopstall\": \"baseline/1\", \"culprits\": {}, \"iterations\": {\"own.p50\": {}}, \"tasks\": {}}")
            .find("iterations, own.p50") != std::string::npos);
}

TEST_CASE("the same again passes") {
  Scene before = quiet(), now = quiet();
  const CheckResult result = compared(before, now);
  CHECK(result.findings.size() >= 4);
  CHECK(overall(result) == Verdict::Pass);
}

TEST_CASE("a handler that takes 6 instead of 3 ms fails, and is named") {
  Scene before = quiet(), now = quiet(6 * ms);
  const CheckResult result = compared(before, now);
  CHECK(overall(result) == Verdict::Fail);
  const Finding* task = find(result, "task own.avg report_page app.py");
  REQUIRE(task);
  CHECK(task->verdict == Verdict::Fail);
  CHECK(task->margin == "+100 %");
  REQUIRE(task->offenders.size() == 1);
  CHECK(result.measured.offenders[task->offenders[0]].culprit.named().function == "report_page");
}

TEST_CASE("10 % and 1 ms are allowed unless told") {
  Scene before = quiet(), now = quiet(3900 * us);
  CHECK(overall(compared(before, now)) == Verdict::Pass);
  Settings settings;
  settings.tolerance_ns = 100 * us;
  CHECK(overall(compared(before, now, settings)) == Verdict::Fail);
  Scene slow = quiet(30 * ms), slower = quiet(32 * ms);
  CHECK(overall(compared(slow, slower)) == Verdict::Pass);
}

TEST_CASE("a new culprit is a finding whatever the percentiles say") {
  Scene before = quiet(), now = quiet();
  now.stall({.busy = 5 * ms, .blocked = 4900 * us}, asleep_in(CauseKind::File, "fsync"), "save").end_block();
  const CheckResult result = compared(before, now);
  const Finding* finding = find(result, "new culprit save app.py: file");
  REQUIRE(finding);
  CHECK(finding->verdict == Verdict::Fail);
  CHECK(overall(compared(now, now)) == Verdict::Pass);
}

TEST_CASE("a function that computed and sleeps now is a new culprit; one that slept and computes now is not") {
  Scene computes = quiet(), sleeps = quiet();
  computes.stall({.busy = 8 * ms}, computing(), "save").end_block();
  sleeps.stall({.busy = 8 * ms, .blocked = 7 * ms}, asleep_in(CauseKind::File, "fsync"), "save").end_block();
  CHECK(overall(compared(computes, sleeps)) == Verdict::Fail);
  CHECK(overall(compared(sleeps, computes)) == Verdict::Pass);
}

TEST_CASE("a culprit that was renamed is no new one") {
  Scene before = quiet(), now = quiet();
  before.stall({.busy = 12 * ms}, computing(), "render").end_block();
  now.stall({.busy = 12 * ms}, computing(), "render_html").end_block();
  const CheckResult result = compared(before, now);
  const Finding* finding = find(result, "new culprit render_html app.py: cpu");
  REQUIRE(finding);
  CHECK(finding->verdict == Verdict::Pass);
  now.stall({.busy = 18 * ms}, computing(), "render_html").end_block();
  CHECK(overall(compared(before, now)) == Verdict::Fail);
}

TEST_CASE("what computed once and briefly may have met a garbage collection") {
  Scene before = quiet(), now = quiet();
  now.stall({.busy = 6 * ms}, computing(), "render").end_block();
  CHECK(overall(compared(before, now)) == Verdict::Pass);
  for (int i = 0; i < 2; ++i) now.stall({.busy = 6 * ms}, computing(), "render").end_block();
  CHECK(overall(compared(before, now)) == Verdict::Fail);
}

TEST_CASE("a neighbour makes no new culprit") {
  Scene before = quiet(), now = quiet();
  now.stall({.busy = 9 * ms, .runqueue = 6500 * us}, computing(), "harmless").end_block();
  CHECK(overall(compared(before, now)) == Verdict::Pass);
  now.stall({.busy = 9 * ms, .unbooked = 6500 * us}, computing(), "harmless").end_block();
  CHECK(overall(compared(before, now)) == Verdict::Pass);
}

TEST_CASE("what did not change by more than the tolerance stays as it was") {
  Scene before = quiet(), now = quiet(3200 * us);
  const Baseline old = baseline(before);
  CHECK(render_baseline(merge_baselines(old, baseline(now), {})) == render_baseline(old));
  Scene slower = quiet(9 * ms);
  CHECK(render_baseline(merge_baselines(old, baseline(slower), {})) != render_baseline(old));
}

TEST_CASE("several runs are drawn as runs") {
  Scene one = quiet(), other = quiet(3300 * us);
  const Measured both = measure({one.session(), other.session()}, 10 * ms, {});
  const Recorded alone = baseline(one).tasks.at("own.avg report_page app.py");
  const Recorded together = baseline_of({one.session(), other.session()}, both).tasks.at("own.avg report_page app.py");
  CHECK(alone.error < 1 * us);  // each step of a run takes as long, and those of another run longer
  CHECK(together.error > 50 * us);
  CHECK(together.value == Approx(3150e3).epsilon(0.01));
  CHECK(together.blocks == 2 * alone.blocks);
}

TEST_CASE("what can not be compared does not pass") {
  Scene before = quiet(), now;
  for (int i = 0; i < 3; ++i) now.block(50, {.busy = 1 * ms});
  const CheckResult result = compared(before, now);
  CHECK(overall(result) == Verdict::Inconclusive);
  CHECK(find(result, "iterations own.p99"));
  CHECK(find(result, "tasks"));
}

TEST_CASE("a few blocks are no baseline") {
  Scene scene;
  for (int i = 0; i < 3; ++i) scene.steps("report_page", 50, 3 * ms).block(100, {.busy = 1 * ms});
  CHECK(baseline(scene).tasks.empty());
  CHECK(baseline(scene).iterations.empty());
}

}  // namespace loopstall::check
