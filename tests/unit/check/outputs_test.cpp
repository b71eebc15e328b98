#include "check/outputs.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "catch.h"
#include "check/escape.h"
#include "check/judge.h"
#include "scene.h"

namespace loopstall::check {
namespace {

using namespace scene;

const std::string kHostile = "<script>|`*_[x](y)\x1b[31m\n::error::%0A,\xff é\u202e~~~~~~]]>";

void add_rules(CheckResult& result, const std::vector<std::string>& rules) {
  for (const std::string& text : rules) result.findings.push_back(judge(*parse_rule(text), result.measured));
}

CheckResult result_of(Scene scene, const std::vector<std::string>& rules) {
  CheckResult result;
  result.measured = measured(scene);
  result.sources = {":8000, 10.0 s"};
  result.stolen_ns = 30 * ms;
  add_rules(result, rules);
  return result;
}

CheckResult green() { return result_of(quiet(1 * ms), {"busy.p99 < 5ms", "stall.count == 0"}); }

CheckResult red() {
  Scene scene = quiet();
  scene.stall({.busy = 30 * ms, .blocked = 29 * ms, .runqueue = 500 * us}, asleep_in(CauseKind::File, "fsync"), "save",
              88);
  scene.stall({.busy = 45 * ms}, computing(), "crunch", 120).end_block();
  CheckResult result = result_of(std::move(scene), {"stall.count == 0", "any(blocking_call)", "warn: stall.max < 10ms",
                                                    "busy.p99.9 < 1ms", "task(handler=nobody).hold.p99 < 1ms"});
  result.command = ProgramEnd{"python -m pytest", 3, "exited with status 3"};
  result.findings.push_back({.kind = FindingKind::Baseline,
                             .name = "iterations own.p99",
                             .verdict = Verdict::Fail,
                             .value = "6 ms",
                             .limit = "3 ms",
                             .margin = "+100 %",
                             .why = "worse"});
  return result;
}

CheckResult hostile() {
  Scene scene = quiet();
  scene.stall({.busy = 30 * ms, .blocked = 29 * ms}, asleep_in(CauseKind::File, kHostile), kHostile, 7).end_block();
  CheckResult result = result_of(std::move(scene), {"stall.count == 0", "any(blocking_call)"});
  for (int i = 0; i < 20; ++i) {
    Finding finding = result.findings[0];
    finding.name = finding.why = finding.because = kHostile;
    result.findings.push_back(finding);
  }
  result.measured.losses = {kHostile};
  result.command = ProgramEnd{kHostile, 1, kHostile};
  return result;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

bool has(const std::string& text, const std::string& part) { return count(text, part) > 0; }

std::string unwrapped(const std::string& text) {
  std::string out;
  for (const char c : text)
    if (const char one = c == '\n' ? ' ' : c; one != ' ' || !out.ends_with(' ')) out += one;
  return out;
}

void write(const std::filesystem::path& directory, const std::string& name, const CheckResult& result) {
  std::ofstream(directory / (name + ".xml")) << render_junit(result);
  std::ofstream(directory / (name + ".md")) << render_markdown(result);
  std::ofstream(directory / (name + ".annotations")) << render_annotations(result, "/srv/shop");
}

}  // namespace

TEST_CASE("JUnit, Markdown and annotations are what their consumers take") {
  const auto directory = std::filesystem::temp_directory_path() / ("loopstall-check-" + std::to_string(getpid()));
  std::filesystem::create_directory(directory);
  write(directory, "green", green());
  write(directory, "red", red());
  write(directory, "hostile", hostile());
  write(directory, "empty", {});
  CheckResult undecided = red();
  undecided.inconclusive = Inconclusive::Pass;
  write(directory, "undecided", undecided);
  const std::string command =
      "/usr/bin/python3 '" LOOPSTALL_SOURCE_DIR "/tests/check/consume.py' '" + directory.string() + "'";
  CHECK(std::system(command.c_str()) == 0);
  std::filesystem::remove_all(directory);
}

TEST_CASE("the text names rule, value, limit, margin, culprit, stack and advice") {
  const std::string text = unwrapped(render_text(red(), {}));
  for (const char* part : {"loopstall check fail", "FAIL", "stall.count == 0", "== 0", "warn", "save app.py:88",
                           " in fsync", "crunch app.py:120", "▸", "run queue", "the hypervisor took at most",
                           "no task of this name", "the command exited with status 3"})
    CHECK((has(text, part) ? "" : part) == std::string());
  CHECK(has(render_text(green(), {}), "loopstall check pass: 2 kept"));
  CHECK_FALSE(has(render_text(hostile(), {}), "\x1b"));
}

TEST_CASE("JSON has it all, and nothing but ASCII") {
  const std::string json = render_json(red());
  for (const char* part : {"\"loopstall.check/1\"", "\"verdict\": \"fail\"", "\"exit_code\": 3", "\"status\":3",
                           "\"stolen_at_most_ns\": 30000000", "\"culprits\"", "\"stack\""})
    CHECK((has(json, part) ? "" : part) == std::string());
  for (const char c : render_json(hostile())) CHECK((c == '\n' || (c >= ' ' && c <= '~')));
}

TEST_CASE("JUnit has one test case a finding") {
  const std::string xml = render_junit(red());
  CHECK(count(xml, "<testcase ") == red().findings.size());
  CHECK(count(xml, "<failure ") == 4);
  CHECK(count(xml, "<error ") == 1);
  CHECK(has(xml, "warning: "));
  CheckResult result = red();
  result.inconclusive = Inconclusive::Fail;
  CHECK(count(render_junit(result), "<failure ") == 5);
}

TEST_CASE("annotations are on the culprit's line, ten at most, and none where all is well") {
  CHECK(render_annotations(green(), "").empty());
  const std::string text = render_annotations(red(), "/srv/shop");
  CHECK(has(text, "::error file=app.py,line="));
  CHECK(has(text, "::warning "));
  CHECK(has(render_annotations(red(), "/srv/sho"), "file=/srv/shop/app.py"));
  CHECK(has(render_annotations(red(), "/srv/shop/"), "file=app.py"));
  CHECK(count(render_annotations(hostile(), ""), "\n") == kAnnotations);
}

TEST_CASE("escapes") {
  CHECK(xml_text("a\xef\xbf\xbf") == "a\uFFFD");
  CHECK(xml_text("a<b>&\"'\x01") == "a&lt;b&gt;&amp;&quot;&apos;\uFFFD");
  CHECK(workflow_data("50% a\nb:c,d") == "50%25 a%0Ab:c,d");
  CHECK(workflow_property("a:b,c%") == "a%3Ab%2Cc%25");
  CHECK(markdown_code("a`b") == "``a`b``");
  CHECK(markdown_code("a|b") == "`a\\|b`");
  CHECK(markdown_text("a|b_c") == "a\\|b\\_c");
}

}  // namespace loopstall::check
