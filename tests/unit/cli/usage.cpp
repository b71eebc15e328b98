#include <fcntl.h>

#include <algorithm>
#include <sstream>

#include "catch.h"
#include "cli/verbs.h"
#include "unit/cli/captured.h"

using namespace loopstall;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

}  // namespace

TEST_CASE("the version option") {
  const Ran ran = run_tool({"--version"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "loopstall 0.1.0\n");
}

TEST_CASE("every verb has help with examples and exit codes, in 80 columns") {
  for (const Verb& verb : verbs()) {
    const Ran ran = run_tool({std::string(verb.name), "--help"});
    CAPTURE(verb.name);
    CHECK(ran.code == 0);
    CHECK(ran.err.empty());
    CHECK(has(ran.out, "Examples:"));
    CHECK(has(ran.out, "Exit codes:"));
    CHECK(longest_line(ran.out) <= 80);
  }
}

TEST_CASE("the help names every verb") {
  const Ran ran = run_tool({"--help"});
  CHECK(ran.code == 0);
  for (const Verb& verb : verbs()) CHECK(has(ran.out, std::string(verb.synopsis)));
}

TEST_CASE("what can not be printed is an error") {
  const int full = open("/dev/full", O_WRONLY), saved = dup(STDOUT_FILENO);
  std::vector<int> codes;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"--version"}, {"--help"}, {"attach", "--help"}, {"doctor"}}) {
    CapturedFd err(STDERR_FILENO);
    dup2(full, STDOUT_FILENO);
    codes.push_back(run_words(words));
    dup2(saved, STDOUT_FILENO);
    CHECK(has(err.finish(), "No space left"));
  }
  CHECK(codes == std::vector<int>{1, 1, 1, 1});
  close(full);
  close(saved);
}

TEST_CASE("wrong usage is exit code 2 and names what is wrong") {
  struct Case {
    std::vector<std::string> arguments;
    std::string named;
  };
  const std::vector<Case> cases = {{{}, "no verb"},
                                   {{"atach"}, "atach"},
                                   {{"attach"}, "TARGET"},
                                   {{"attach", "1", "--bogus"}, "--bogus"},
                                   {{"attach", "1", "--threshold", "abc"}, "--threshold"},
                                   {{"attach", "1", "--threshold", "0ms"}, "--threshold"},
                                   {{"attach", "1", "-d", "10"}, "-d"},
                                   {{"attach", "1", "-f", "pdf"}, "text, json"},
                                   {{"attach", "1", "-q", "-v"}, "quiet"},
                                   {{"attach", "1", "--json", "-f", "text"}, "json"},
                                   {{"attach", "1", "--evidence-after", "0ms"}, "--evidence-after"},
                                   {{"attach", "1", "--no-evidence", "--evidence-after", "2ms"}, "evidence"},
                                   {{"attach", "1", "--on-stall"}, "--on-stall"},
                                   {{"attach", "--requests=5", "1"}, "--requests takes no value"},
                                   {{"attach", "--queue-delay=0", "1"}, "queue-delay"},
                                   {{"attach", "--json=no", "1"}, "json"},
                                   {{"attach", "--verbose=2", "1"}, "verbose"},
                                   {{"doctor", "--json=1", "1"}, "json"},
                                   {{"attach", "1", "-o", "x.pdf"}, ".loopstall"},
                                   {{"attach", "1", "-o"}, "output"},
                                   {{"attach", ":port"}, ":port"},
                                   {{"top"}, "TARGET"},
                                   {{"top", "1"}, "needs a terminal"},
                                   {{"report"}, "RECORDING"},
                                   {{"report", "x.loopstall", "-o", "y.loopstall"}, "y.loopstall"},
                                   {{"report", "x.loopstall", "--sql", ""}, "no SELECT"},
                                   {{"diff", "a.loopstall"}, "AFTER"},
                                   {{"diff", "a.loopstall", "b.loopstall", "-o", "x.pdf"}, "txt, json, md"},
                                   {{"diff", "a.loopstall", "b.loopstall", "--tolerance", "much"}, "--tolerance"},
                                   {{"check"}, "nothing to check"},
                                   {{"check", "1", "--max", "bussy.p99 < 5ms"}, "did you mean"},
                                   {{"check", "1", "--", "true"}, "not both"},
                                   {{"check", "x.loopstall", "1"}, "not both"},
                                   {{"check", "x.loopstall", "-d", "1s"}, "judged as it is"},
                                   {{"check", "1", "--ready", ":1"}, "--ready"},
                                   {{"check", "--ready", ":70000", "--", "true"}, ":70000"},
                                   {{"check", "1", "--runs", "2"}, "--runs"},
                                   {{"check", "1", "--warmup", "1s"}, "--load"},
                                   {{"check", "1", "--inconclusive", "maybe"}, "inconclusive"},
                                   {{"doctor", "1", "2"}, "2"}};
  for (const Case& c : cases) {
    const Ran ran = run_tool(c.arguments);
    CAPTURE(c.named, ran.err);
    CHECK(ran.code == 2);
    CHECK(ran.out.empty());
    CHECK(has(ran.err, c.named));
  }
}

TEST_CASE("what is measured on demand stands in the help of every verb that measures") {
  for (const char* verb : {"attach", "top", "run", "check"}) {
    const std::string help = run_tool({verb, "--help"}).out;
    CAPTURE(verb);
    CHECK(help.find("--queue-delay") < help.find("--requests"));
    CHECK(help.find("--requests") < help.find("--no-follow"));
  }
}

TEST_CASE("run ends with 125 for its own mistakes") {
  CHECK(run_tool({"run"}).code == 125);
  CHECK(run_tool({"run", "--"}).code == 125);
  CHECK(run_tool({"run", "--bogus"}).code == 125);
  CHECK(run_tool({"run", "-d", "abc", "--", "true"}).code == 125);
  CHECK(run_tool({"run", "-o", "x.pdf", "--", "true"}).code == 125);
}

TEST_CASE("a recording that is none") {
  CHECK(run_tool({"report", "/nonexistent.loopstall"}).code == 1);
  CHECK(run_tool({"report", "/"}).code == 1);
  CHECK(run_tool({"report", __FILE__}).code == 1);
}

TEST_CASE("a target that is not there") {
  const Ran ran = run_tool({"attach", "99999999"});
  CHECK(ran.code == 3);
  CHECK(ran.out.empty());
}
