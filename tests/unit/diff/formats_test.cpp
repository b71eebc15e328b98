#include "diff/formats.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "report/utf8.h"
#include "served.h"

using namespace loopstall;
using namespace loopstall::test;

namespace {

// Two sessions, and what they are for as long as that is needed.
struct Pair {
  Summary before, after;
  Comparison compared() const { return {before, after, compare(before, after)}; }
};

Pair hostile() {
  const std::string name = "<script>|`a`\x1b[31m\n**" + std::string(300, 'x') + "\xff";
  return {Served(1).readings(30, {{name, 5, 2}, {"items", 2, 4}}).summary(),
          Served(2).readings(30, {{name, 9, 2}, {"items", 2, 4}}).summary()};
}

Pair alike() {
  return {Served(1).readings(30, {{"items", 2, 4}}).summary(), Served(2).readings(30, {{"items", 2, 4}}).summary()};
}

Pair waiting() {
  return {Served(1).readings(30, {{"items", 2, 4}}).waits(2 * kMillisecond, 60).summary(),
          Served(2).readings(30, {{"items", 2, 4}}).waits(80 * kMillisecond, 60).summary()};
}

const RequestName kReport{Protocol::Http, "GET /report", false}, kOld{Protocol::Http, "GET /old", false},
    kHostile{Protocol::Http, "GET /|<b>\x1b[31m\xff" + std::string(100, 'x'), true};

Pair asking() {
  return {Served(1).readings(30, {{"items", 2, 4}}).asks(kReport, 100, 2'000'000).asks(kOld, 7, 0).summary(),
          Served(2).readings(30, {{"items", 2, 4}}).asks(kReport, 200, 80'000'000).asks(kHostile, 1, 0).summary()};
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the text says what is worse in its first line, in 80 columns, without anything that steers a terminal") {
  const Pair pair = hostile();
  const std::string text = render_diff_text(pair.compared(), {});
  CHECK(text.starts_with("✗ worse: "));
  CHECK(has(text, "Bonferroni"));
  CHECK_FALSE(has(text, "\x1b"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) CHECK(display_columns(line) <= 80);
}

TEST_CASE("the JSON has the test, the sides and the intervals") {
  const Pair pair = hostile();
  const auto json = nlohmann::json::parse(render_diff_json(pair.compared(), {}));
  CHECK(json["schema"] == "loopstall.diff/1");
  CHECK(json["different"] == true);
  CHECK(json["counts"]["worse"].get<int>() >= 1);
  CHECK(json["test"]["comparisons"].get<int>() > 5);
  const auto& task = json["tasks"][0];
  CHECK(task["verdict"] == "worse");
  CHECK(task["changes"][1]["statistic"] == "p50");
  CHECK(task["changes"][1]["ratio_low"].get<double>() > 1.2);
  CHECK(task["before"]["hold"]["p50_ns"].get<std::uint64_t>() > 4'000'000);
}

TEST_CASE("the JSON follows its schema") {
  const std::string file = std::filesystem::temp_directory_path() / "loopstall-diff-test.json";
  const std::string source = LOOPSTALL_SOURCE_DIR;
  for (const Pair& pair : {hostile(), alike(), waiting(), asking(), Pair{}}) {
    std::ofstream(file) << render_diff_json(pair.compared(), {});
    const std::string command =
        "python3 '" + source + "/tests/golden/validate_schema.py' '" + source + "/docs/diff.schema.json' " + file;
    CHECK(std::system(command.c_str()) == 0);
  }
  std::filesystem::remove(file);
}

TEST_CASE("a name is no markup in Markdown, and stays in its cell") {
  const Pair pair = hostile();
  const std::string text = render_diff_markdown(pair.compared(), {});
  CHECK(has(text, "**worse**"));
  CHECK_FALSE(has(text, "<script>"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| ")) continue;
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    CHECK(bars == 11);
  }
}

TEST_CASE("the page is one file, with the text for those who run no scripts, and no name in it is markup") {
  const Pair pair = hostile();
  const std::string page = render_diff_html(pair.compared(), {});
  CHECK(has(page, "Content-Security-Policy"));
  CHECK(has(page, "worse: "));
  CHECK_FALSE(has(page, "<script>|"));
  CHECK(page.size() < 300'000);
}

TEST_CASE("what sockets waited stands in every format where it was measured, and nowhere else") {
  const Pair measured = waiting(), not_measured = alike();
  const Comparison with = measured.compared(), without = not_measured.compared();
  for (const auto& [render, words] :
       {std::pair{&render_diff_text, "blame 20.0 ms → 800 ms a second"},
        std::pair{&render_diff_text, "queue delay p50 2.00 ms → 80.0 ms, p99 2.00 ms → 80.0 ms;"},
        std::pair{&render_diff_markdown, "| blame 20.0 ms → 800 ms a second |"},
        std::pair{&render_diff_html, "blame 20.0 ms → 800 ms a second"},
        std::pair{&render_diff_json, R"("ns_per_s": 20000000)"}}) {
    INFO(words);
    CHECK(has(render(with, {}), words));
    CHECK_FALSE(has(render(without, {}), words));
  }
  CHECK(has(render_diff_text(with, {}), "shown, not"));
  CHECK(nlohmann::json::parse(render_diff_json(without, {}))["loops"][0]["after"]["queue"].is_null());
}

TEST_CASE("requests stand in every format where somebody asked for them, and nowhere else") {
  const Pair asked = asking(), not_asked = alike();
  const Comparison with = asked.compared(), without = not_asked.compared();
  for (const auto& [render, words] :
       {std::pair{&render_diff_text, "GET /report\n    before       100"}, std::pair{&render_diff_text, "80.0 ms"},
        std::pair{&render_diff_markdown, "| GET /report | 100 → 200 |"},
        std::pair{&render_diff_markdown, "| 200 ms → 16.0 s | 2.00 ms → 80.0 ms |"},
        std::pair{&render_diff_markdown, "| GET /old | 7 → – |"}, std::pair{&render_diff_html, "GET /report"},
        std::pair{&render_diff_json, R"("name": "GET /report")"}}) {
    INFO(words);
    CHECK(has(render(with, {}), words));
    CHECK_FALSE(has(render(without, {}), words));
  }
  const auto json = nlohmann::json::parse(render_diff_json(with, {}));
  CHECK(json["requests"].size() == 3);
  CHECK(json["requests"][0]["after"]["held"]["sum_ns"] == 16'000'000'000);
  CHECK(json["requests"][1]["after"].is_null());
  CHECK_FALSE(nlohmann::json::parse(render_diff_json(without, {})).contains("requests"));
  const Pair once{asked.before, not_asked.after};
  CHECK(has(render_diff_text(once.compared(), {}), "in one of the sessions only"));
  const std::string text = render_diff_text(with, {});
  CHECK_FALSE(has(text, "\x1b"));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) CHECK(display_columns(line) <= 80);
}

TEST_CASE("no difference is said in words") {
  const Pair pair = alike();
  CHECK(render_diff_text(pair.compared(), {}).starts_with("✓ No difference"));
  CHECK(has(render_diff_markdown(pair.compared(), {}), "No difference"));
  CHECK(nlohmann::json::parse(render_diff_json(pair.compared(), {}))["different"] == false);
}

TEST_CASE("nothing to compare is said, too") {
  CHECK(render_diff_text(Pair{}.compared(), {}).starts_with("? Nothing could be compared"));
}
