#include "catch.h"
#include "report/report.h"

namespace loopstall {

TEST_CASE("formats are found by name") {
  REQUIRE(find_format("text"));
  CHECK(find_format("text")->render == render_text);
  REQUIRE(find_format("json"));
  CHECK(find_format("json")->render == render_json);
  CHECK_FALSE(find_format("JSON"));
  CHECK_FALSE(find_format(""));
}

TEST_CASE("a path's ending chooses the format") {
  CHECK(format_for_path("x.json") == find_format("json"));
  CHECK(format_for_path("/tmp/a.b/report.txt") == find_format("text"));
  CHECK(format_for_path("x.perfetto.json") == find_format("perfetto"));
  CHECK(format_for_path("x.tasks.csv") == find_format("csv-tasks"));
  CHECK(format_for_path("tasks.csv") == find_format("csv"));
  CHECK_FALSE(format_for_path("x.loopstall"));
  CHECK_FALSE(format_for_path("json"));
  CHECK_FALSE(format_for_path("xjson"));
  CHECK_FALSE(format_for_path("a.json/x"));
  CHECK_FALSE(format_for_path(""));
}

TEST_CASE("every format has a name, a help text and an ending of its own") {
  for (const ReportFormat& format : report_formats()) {
    CHECK(find_format(format.name) == &format);
    CHECK_FALSE(format.help.empty());
    if (!format.ending.empty()) CHECK(format_for_path(std::string("x.").append(format.ending)) == &format);
  }
}

}  // namespace loopstall
