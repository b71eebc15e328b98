// What no session may make the text report do: be wider than the terminal, or send it anything but text.
#include <algorithm>
#include <string_view>

#include "cases.h"
#include "catch.h"
#include "report/report.h"
#include "report/utf8.h"
#include "story.h"

namespace loopstall {
namespace {

template <class Check>
void for_each_line(std::string_view text, Check check) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    check(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
}

std::string without_colour(std::string text) {
  for (std::size_t at; (at = text.find('\033')) != std::string::npos;) text.erase(at, text.find('m', at) - at + 1);
  return text;
}

}  // namespace

TEST_CASE("no line is wider than the terminal") {
  for (unsigned columns : {1U, 20U, 40U, 79U, 80U, 81U, 100U, 132U, 250U})
    for (const GoldenCase& c : golden_cases())
      for_each_line(render_text(summarize(c.make()), {.color = false, .columns = columns}), [&](std::string_view line) {
        INFO(c.name << " at " << columns << ": " << line);
        CHECK(display_columns(line) <= columns);
      });
}

TEST_CASE("nothing but printable text reaches the terminal") {
  for (const GoldenCase& c : golden_cases())
    for_each_line(render_text(summarize(c.make()), {}), [](std::string_view line) {
      CHECK(clean(line) == line);
      CHECK_FALSE(line.ends_with(' '));
    });
}

TEST_CASE("a report in colour has the same words") {
  for (const GoldenCase& c : golden_cases()) {
    const std::string coloured = render_text(summarize(c.make()), {.color = true, .columns = 80});
    CHECK(coloured.find('\033') != std::string::npos);
    CHECK(without_colour(coloured) == render_text(summarize(c.make()), {}));
  }
}

TEST_CASE("names of random bytes break no report") {
  std::uint64_t random = 1;
  for (int round = 0; round < 200; ++round) {
    std::string name;
    for (int i = 0; i < 40; ++i) name += static_cast<char>((random = random * 6'364'136'223'846'793'005ULL + 1) >> 56);
    Session session = story::session(name);
    apply(session, ProcessSeen{1, 0, story::kStart + story::s, name, name, name});
    story::LoopStory(session, 1, 1, name, Wait::Poll, name).reading({{.busy = 20 * story::ms}});
    apply(session, Note{name});
    for_each_line(render_text(summarize(session), {}), [](std::string_view line) {
      CHECK(clean(line) == line);
      CHECK(display_columns(line) <= 80);
    });
    const std::string report = render_json(summarize(session), {});
    CHECK(std::all_of(report.begin(), report.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  }
}

}  // namespace loopstall
