#include "check/budget.h"

#include <fstream>
#include <sstream>

#include "catch.h"

namespace loopstall::check {
namespace {

// A budget file and where in it something is wrong.
struct Malformed {
  std::string text;
  std::string place;  // "LINE:COLUMN"
  std::string says;   // "": it is no TOML, and which of its columns is told is the parser's to choose
};

std::string place_in(const std::string& message, bool with_column) {
  const std::string place = message.substr(0, message.find(": "));
  return with_column ? place : place.substr(0, place.rfind(':'));
}

const std::vector<Malformed> kMalformed = {
    // TOML itself
    {"error = [\"busy.p99 < 5ms\"", "1:26", ""},
    {"error = \"busy.p99 < 5ms", "1:24", ""},
    {"error [\"busy.p99 < 5ms\"]", "1:7", ""},
    {"= 5", "1:1", ""},
    {"time = own", "1:8", ""},
    {"time = \"own\" \"busy\"", "1:14", ""},
    {"time = \"own\"\ntime = \"busy\"", "2:1", ""},
    {"[[rule]\nrule = \"any(gil)\"", "1:8", ""},
    {"[rule\nrule = 1", "1:6", ""},
    {"threshold = 10ms", "1:15", ""},
    {"time = \"o\\wn\"", "1:11", ""},
    {"\x01", "1:1", ""},
    {"error = [\n  \"any(gil)\"\n  \"any(lock)\"\n]", "3:3", ""},
    {"[baseline]\n[baseline]\n", "2:2", ""},
    // keys and types
    {"treshold = \"10ms\"", "1:1", "did you mean \"threshold\""},
    {"time = \"own\"\n\n  errors = []", "3:3", "did you mean \"error\""},
    {"completely-else = 1", "1:1", "there are: threshold"},
    {"threshold = 10", "1:13", "a text in quotes, not a number"},
    {"threshold = \"10\"", "1:13", "has no unit"},
    {"threshold = \"0ms\"", "1:13", "longer than nothing"},
    {"threshold = \"ten ms\"", "1:13", "is not a duration"},
    {"time = \"wall\"", "1:8", "there are: own, busy"},
    {"time = [\"own\"]", "1:8", "not a list"},
    {"inconclusive = \"ok\"", "1:16", "no inconclusive \"ok\""},
    {"inconclusive = true", "1:16", "true or false"},
    {"error = \"any(gil)\"", "1:9", "a list of rules, not a text"},
    {"warn = 3", "1:8", "a list of rules"},
    {"error = [5]", "1:10", "a rule is a text in quotes"},
    {"error = [[\"any(gil)\"]]", "1:10", "not a list"},
    {"error = [1979-05-27]", "1:10", "not a date"},
    // rules: the place is inside the text
    {"error = [\"bussy.p99 < 5ms\"]", "1:11", "did you mean \"busy\""},
    {"# a comment\nerror = [\n  \"any(gil)\",\n  \"busy.p99 < 5\",\n]", "4:15", "has no unit"},
    {"warn = ['stall.count = 0']", "1:22", "write == or <="},
    {"error = [\"task(handelr=x).count == 0\"]", "1:16", "did you mean \"handler\""},
    {"error = [\"\"]", "1:11", "expected a rule"},
    {"error = [\"a\\u0062c.p99 < 5ms\"]", "1:10", "no value \"abc\""},
    {"error = [\"\"\"\nbussy.p99 < 5ms\"\"\"]", "1:10", "did you mean"},
    {"# ünïcödé\nerror = [\"any(gül)\"]", "2:15", "no cause \"gül\""},
    {"[[rule]]\nrule = \"busy.p99 <> 5ms\"", "2:19", "expected a limit"},
    {"[[rule]]\nlevel = \"warn\"", "1:1", "has no rule"},
    {"[[rule]]\nrule = \"any(gil)\"\nlevel = \"fatal\"", "3:9", "there are: error, warn"},
    {"[[rule]]\nrule = \"any(gil)\"\ntime = \"bus\"", "3:8", "did you mean \"busy\""},
    {"[[rule]]\nrule = \"any(gil)\"\nreason = \"x\"", "3:1", "no key of a rule \"reason\""},
    {"[[rule]]\nrule = 7", "2:8", "a text in quotes"},
    {"[[rule]]\nrule = \"any(gil)\"\nbecause = 7", "3:11", "because is a text"},
    {"[rule]\nrule = \"any(gil)\"", "1:1", "[[rule]], with two brackets"},
    {"rule = [1]", "1:9", "rule is a table"},
    // what is ignored
    {"[[ignore]]\nfunction = \"load\"", "1:1", "has no reason"},
    {"[[ignore]]\nfunction = \"load\"\nreason = \" \"", "3:10", "the reason is empty"},
    {"[[ignore]]\nreason = \"nobody\"", "1:1", "names nobody"},
    {"[[ignore]]\nfunktion = \"load\"\nreason = \"x\"", "2:1", "did you mean \"function\""},
    {"[[ignore]]\nfunction = \"\"\nreason = \"x\"", "2:12", "function is empty"},
    {"[[ignore]]\nfunction = \"/(/\"\nreason = \"x\"", "2:12", "not a regular expression"},
    {"[[ignore]]\ncause = \"fiel\"\nreason = \"x\"", "2:9", "did you mean \"file\""},
    {"[[ignore]]\nreason = 5\nfile = \"x\"", "2:10", "reason is a text"},
    {"ignore = \"load\"", "1:10", "[[ignore]], with two brackets"},
    // the baseline
    {"baseline = \"x.json\"", "1:12", "baseline is a table"},
    {"[baseline]\ntolerance = 10", "2:13", "a text in quotes"},
    {"[baseline]\ntolerance = \"10\"", "2:13", "is no tolerance such as 10%"},
    {"[baseline]\ntolerance = \"-10%\"", "2:13", "is no tolerance"},
    {"[baseline]\nat-least = \"1\"", "2:12", "has no unit"},
    {"[baseline]\nat_least = \"1ms\"", "2:1", "did you mean \"at-least\""},
};

}  // namespace

TEST_CASE("more than fifty malformed budget files are pointed at") {
  CHECK(kMalformed.size() >= 50);
  for (const Malformed& wrong : kMalformed) {
    INFO(wrong.text);
    const auto budget = parse_budget(wrong.text, "b.toml");
    REQUIRE_FALSE(budget);
    CHECK(budget.error().code == ExitCode::Usage);
    const std::string& message = budget.error().message;
    const bool exact = !wrong.says.empty();
    CHECK(place_in(message, exact) == "b.toml:" + (exact ? wrong.place : wrong.place.substr(0, wrong.place.find(':'))));
    CAPTURE(message);
    CHECK(message.find(wrong.says) != std::string::npos);
    CHECK(message.find("\n  ") != std::string::npos);
  }
}

TEST_CASE("the line and a mark are shown") {
  const auto budget = parse_budget("# ünï\nerror = [\n\t\"any(gil)\", \"busy.p99 < 5\"]", "b.toml");
  REQUIRE_FALSE(budget);
  CHECK(budget.error().message.find("b.toml:3:26: ") == 0);
  CHECK(budget.error().message.find("\n   \"any(gil)\", \"busy.p99 < 5\"]\n                           ^") !=
        std::string::npos);
}

TEST_CASE("a budget file says what it says") {
  const auto budget = parse_budget(R"(
threshold = "20ms"
time = "busy"
inconclusive = "fail"
error = ["busy.p99 < 5ms", "any(blocking_call) in own time"]
warn = ["loop.utilization < 80%"]

[[rule]]
rule = "stall.count == 0"
level = "warn"
time = "own"
because = "users notice"

[[ignore]]
function = "load_*"
cause = "file"
reason = "once, at the start"

[baseline]
tolerance = "15%"
at-least = "500us"
)",
                                   "b.toml");
  REQUIRE(budget);
  CHECK(budget->settings.threshold_ns == 20'000'000);
  CHECK(budget->settings.inconclusive == Inconclusive::Fail);
  CHECK(*budget->settings.tolerance == Approx(0.15));
  CHECK(budget->settings.tolerance_ns == 500'000);
  REQUIRE(budget->rules.size() == 4);
  CHECK(budget->rules[0].time == TimeBasis::Busy);
  CHECK(budget->rules[0].origin == "b.toml:5");
  CHECK(budget->rules[1].time == TimeBasis::Own);
  CHECK(budget->rules[2].level == Level::Warn);
  CHECK(budget->rules[3].because == "users notice");
  CHECK(budget->rules[3].time == TimeBasis::Own);
  REQUIRE(budget->ignores.size() == 1);
  CHECK(budget->ignores[0].where.size() == 2);
  CHECK(budget->ignores[0].reason == "once, at the start");
}

TEST_CASE("an empty budget file has no rules") {
  const auto budget = parse_budget("# nothing yet\n", "b.toml");
  REQUIRE(budget);
  CHECK(budget->rules.empty());
}

TEST_CASE("the documents' example is a budget") {
  std::ifstream file(LOOPSTALL_SOURCE_DIR "/docs/ci.md");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string page = text.str();
  const std::size_t begin = page.find("```toml\n");
  REQUIRE(begin != std::string::npos);
  const std::size_t end = page.find("```", begin + 8);
  const auto budget = parse_budget(page.substr(begin + 8, end - begin - 8), "ci.md");
  INFO((budget ? "" : budget.error().message));
  REQUIRE(budget);
  CHECK(budget->rules.size() >= 6);
  CHECK(budget->ignores.size() >= 1);
}

TEST_CASE("a rule of the command line is shown with a mark") {
  const auto rule = parse_argument("bussy.p99 < 5ms", "--max");
  REQUIRE_FALSE(rule);
  CHECK(rule.error().message == "--max: no value \"bussy\"; did you mean \"busy\"?\n  bussy.p99 < 5ms\n  ^");
}

}  // namespace loopstall::check
