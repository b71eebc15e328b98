#include "check/rule.h"

#include "catch.h"

namespace loopstall::check {
namespace {

Rule parsed(const std::string& text) {
  INFO(text);
  const auto rule = parse_rule(text);
  REQUIRE(rule);
  return *rule;
}

struct Wrong {
  std::string text;
  std::size_t at;
  std::string says;
};

}  // namespace

TEST_CASE("the rules of the issue") {
  const Rule p99 = parsed("busy.p99 < 5ms");
  CHECK(p99.subject == Subject::Iteration);
  CHECK(p99.statistic == Statistic::Quantile);
  CHECK(p99.quantile == Approx(0.99));
  CHECK(p99.compare == Compare::Less);
  CHECK(p99.limit == 5e6);
  CHECK(p99.time == TimeBasis::Own);
  CHECK(p99.level == Level::Error);

  const Rule stalls = parsed("stall.count == 0");
  CHECK(stalls.subject == Subject::Stall);
  CHECK(stalls.statistic == Statistic::Count);
  CHECK(stalls.compare == Compare::Equal);

  CHECK(parsed("stall.max < 50ms").statistic == Statistic::Max);
  CHECK(parsed("loop.utilization < 80%").limit == Approx(0.8));

  const Rule task = parsed("task(handler=/report*/).hold.p99 < 10ms");
  CHECK(task.subject == Subject::Task);
  REQUIRE(task.where.size() == 1);
  CHECK(task.where[0].key == "handler");
  CHECK(task.where[0].pattern.matches("report_page"));
  CHECK_FALSE(task.where[0].pattern.matches("other_page"));

  CHECK(parsed("culprit(cause=syscall).count == 0").subject == Subject::Culprit);
  CHECK(parsed("queue.p99 < 20ms").subject == Subject::Queue);
  CHECK(parsed("task(name=report).blame < 1s").statistic == Statistic::Blame);
  const Rule request = parsed(R"(request("GET /users*").hold.p99 < 20ms)");
  CHECK(request.subject == Subject::Request);
  CHECK(request.quantile == Approx(0.99));
  REQUIRE(request.where.size() == 1);
  CHECK(request.where[0].key == "name");
  CHECK(request.where[0].pattern.matches("GET /users/1"));
  const Rule any = parsed("any(blocking_call)");
  CHECK(any.subject == Subject::Culprit);
  CHECK(any.compare == Compare::Equal);
  CHECK(any.limit == 0);
}

TEST_CASE("what load-testing tools write") {
  CHECK(parsed("busy.p(99.9)<5ms").quantile == Approx(0.999));
  CHECK(parsed("busy.p99.9 < 5ms").quantile == Approx(0.999));
  CHECK(parsed("busy.p999 < 5ms").quantile == Approx(0.999));
  CHECK(parsed("busy.med <= 1.5ms").limit == 1.5e6);
  CHECK(parsed("busy.avg < 500us").statistic == Statistic::Mean);
  CHECK(parsed("busy.count > 1000").compare == Compare::Greater);
  CHECK(parsed("stall.rate < 0.1%").limit == Approx(0.001));
  CHECK(parsed("loop.utilization < 0.8").limit == Approx(0.8));
  CHECK(parsed("busy.p99 < 5 ms").limit == 5e6);
  CHECK(parsed("loop.utilization < 80 %").limit == Approx(0.8));
  CHECK(parsed("stall.max < 0").limit == 0);
}

TEST_CASE("level and time") {
  CHECK(parsed("warn: busy.p99 < 5ms").level == Level::Warn);
  CHECK(parsed("warn: busy.p99 < 5ms").text == "busy.p99 < 5ms");
  CHECK(parsed("error: any(gil)").level == Level::Error);
  CHECK(parsed("busy.p99 < 5ms in busy time").time == TimeBasis::Busy);
  CHECK(parsed("busy.p99 < 5ms in own time").time == TimeBasis::Own);
  CHECK(parse_rule("own.max < 5ms", Level::Error, TimeBasis::Busy)->time == TimeBasis::Own);
  CHECK(parse_rule("busy.max < 5ms", Level::Warn, TimeBasis::Busy)->time == TimeBasis::Busy);
}

TEST_CASE("selectors") {
  const Rule rule = parsed(R"(culprit(function="load_*", file!=/test\/.*\.py$/, cause=file).count < 3)");
  REQUIRE(rule.where.size() == 3);
  CHECK(rule.where[0].pattern.matches("load_report"));
  CHECK_FALSE(rule.where[0].pattern.matches("reload"));
  CHECK(rule.where[1].negated);
  CHECK(rule.where[1].pattern.matches("/srv/test/a.py"));
  CHECK(rule.where[2].pattern.matches("file"));
  CHECK(parsed("any(cause=socket, object='tcp *:5432 *')").where.size() == 2);
  CHECK(parsed("busy(comm=uvicorn).p99 < 5ms").where.size() == 1);
  CHECK(parsed("request(HGETALL).count > 3").where[0].pattern.matches("HGETALL"));
  CHECK(parsed("request(/^GET /, path!='/').count > 3").where.size() == 2);
  CHECK(parsed("request.count > 3").where.empty());
  CHECK(parsed("culprit(gil).count == 0").where[0].key == "cause");
  CHECK(parsed("task(name=a?c).steps > 3").where[0].pattern.matches("abc"));
}

TEST_CASE("a mistake is pointed at") {
  const std::vector<Wrong> wrongs = {
      {"", 0, "expected a rule"},
      {"  ", 2, "expected a rule"},
      {"bussy.p99 < 5ms", 0, "did you mean \"busy\""},
      {"busy < 5ms", 4, "expected what of it"},
      {"busy.p101 < 5ms", 5, "busy has no \"p101\""},
      {"busy.utilization < 5%", 5, "busy has no"},
      {"busy.p99 5ms", 9, "expected one of <"},
      {"busy.p99 = 5ms", 9, "write == or <="},
      {"busy.p99 < ", 11, "expected a limit"},
      {"busy.p99 < 5", 11, "has no unit"},
      {"busy.p99 < 5parsec", 11, "unknown unit"},
      {"busy.p99 < -5ms", 11, "is not a duration"},
      {"loop.utilization < 180%", 19, "more than the whole"},
      {"loop.utilization < lots", 19, "a share such as"},
      {"stall.count == 5ms", 15, "a number such as"},
      {"stall.count == 0 0 0", 15, "is not a number"},
      {"busy.p99 < 5ms in busy", 22, "expected \"time\""},
      {"busy.p99 < 5ms in wall time", 18, "no time \"wall\""},
      {"own.p99 < 5ms in busy time", 17, "always in own time"},
      {"busy.p99 < 5ms in own time, and more", 26, "too much here"},
      {"critical: busy.p99 < 5ms", 0, "no level \"critical\""},
      {"warn:", 5, "expected a rule after the level"},
      {"task(handler=x.hold.p99 < 5ms", 24, "expected \")\""},
      {"task(handler=/x.hold.p99 < 5ms", 13, "has no end"},
      {"task(handler=/(/).hold.p99 < 5ms", 13, "not a regular expression"},
      {"task(handelr=x).hold.p99 < 5ms", 5, "did you mean \"handler\""},
      {"task(handler).hold.p99 < 5ms", 12, "expected \"=\""},
      {"task().hold.p99 < 5ms", 5, "expected one of"},
      {"task(kind=timr).count < 5", 10, "did you mean \"timer\""},
      {"task(handler=x).p99 < 5ms", 16, "task has no \"p99\""},
      {"task(handler=x) < 5ms", 16, "what of it, such as .hold.p99"},
      {"culprit(cause=sycall).count == 0", 14, "did you mean \"syscall\""},
      {"request().count == 0", 8, "expected one of name, method"},
      {"request(verb=GET).count == 0", 8, "no selector \"verb\""},
      {"request(GET).p99 < 5ms", 13, "request has no \"p99\"; it has: count, hold.p99"},
      {"any(blocking)", 4, "no cause \"blocking\""},
      {"any", 3, "expected \"(\""},
      {"any(gil) == 0", 9, "too much here"},
      {"busy.p99 < 5ms; stall.count == 0", 14, "has no meaning"},
      {"busy.p(99 < 5ms", 10, "expected \")\""},
      {"task(name=\"x).count == 0", 10, "has no end"},
  };
  for (const Wrong& wrong : wrongs) {
    INFO(wrong.text);
    const auto rule = parse_rule(wrong.text);
    REQUIRE_FALSE(rule);
    CHECK(rule.error().at == wrong.at);
    CAPTURE(rule.error().message);
    CHECK(rule.error().message.find(wrong.says) != std::string::npos);
  }
}

}  // namespace loopstall::check
