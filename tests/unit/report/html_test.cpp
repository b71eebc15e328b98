// What needs no browser to be seen; tests/browser/ has the rest.
#include <string>

#include "cases.h"
#include "catch.h"
#include "report/report.h"

namespace loopstall {
namespace {

std::size_t times(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("an HTML report has two scripts, its data and its own, whatever names are in it") {
  for (const GoldenCase& c : golden_cases()) {
    const std::string page = render_html(summarize(c.make()), {});
    INFO(c.name);
    CHECK(times(page, "<script") == 2);
    CHECK(times(page, "</script") == 2);
    CHECK(times(page, "</noscript>") == 1);
  }
}

TEST_CASE("an HTML report allows nothing but what is in it") {
  const std::string page = render_html(summarize(golden_cases().front().make()), {});
  CHECK(page.find("default-src 'none'; script-src 'sha256-") != page.npos);
  CHECK(page.find("style-src 'sha256-") != page.npos);
  CHECK(times(page, "unsafe-inline") == 0);
  for (std::string_view mark : {"@STYLE", "@SCRIPT", "@TITLE@", "@TEXT@", "@DATA@"}) CHECK(times(page, mark) == 0);
}

TEST_CASE("the same session makes the same HTML report") {
  for (const GoldenCase& c : golden_cases())
    CHECK(render_html(summarize(c.make()), {}) == render_html(summarize(c.make()), {}));
}

}  // namespace loopstall
