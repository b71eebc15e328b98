#include "check/judge.h"

#include "catch.h"
#include "scene.h"

namespace loopstall::check {
namespace {

using namespace scene;

Finding judged(const std::string& rule, Scene& scene, const std::vector<Ignore>& ignores = {}) {
  const auto parsed = parse_rule(rule);
  REQUIRE(parsed);
  return judge(*parsed, measure({scene.session()}, 10 * ms, ignores));
}

Verdict verdict(const std::string& rule, Scene& scene) {
  INFO(rule);
  return judged(rule, scene).verdict;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("percentiles of iterations") {
  Scene scene;
  scene.block(950, {.busy = 1 * ms}).block(50, {.busy = 4 * ms});
  CHECK(verdict("busy.p90 < 2ms", scene) == Verdict::Pass);
  CHECK(verdict("busy.p99 < 5ms", scene) == Verdict::Pass);
  CHECK(verdict("busy.p99 < 3ms", scene) == Verdict::Fail);
  CHECK(verdict("busy.max <= 4ms", scene) == Verdict::Pass);
  CHECK(verdict("busy.max < 4ms", scene) == Verdict::Fail);
  CHECK(verdict("busy.count == 1000", scene) == Verdict::Pass);
  const Finding finding = judged("busy.p99 < 3ms", scene);
  CHECK(finding.value == "4.00 ms");
  CHECK(finding.limit == "< 3.00 ms");
  CHECK(finding.margin == "-33 %");
}

TEST_CASE("a neighbour on the CPU breaks no rule, unless it is asked for busy time") {
  Scene scene;
  scene.block(990, {.busy = 1 * ms}).block(200, {.busy = 30 * ms, .runqueue = 29 * ms});
  CHECK(verdict("busy.p99 < 5ms", scene) == Verdict::Pass);
  CHECK(verdict("busy.p99 < 5ms in busy time", scene) == Verdict::Fail);
  scene.stall({.busy = 30 * ms, .runqueue = 25 * ms}, computing(), "").end_block();
  CHECK(verdict("stall.count == 0", scene) == Verdict::Pass);
  CHECK(verdict("stall.count == 0 in busy time", scene) == Verdict::Fail);
  CHECK(verdict("any(blocking_call)", scene) == Verdict::Pass);
}

TEST_CASE("what the machine took is left out") {
  Scene scene;
  scene.block(1000, {.busy = 1 * ms});
  scene.stall({.busy = 12 * ms, .unbooked = 5 * ms}, computing(), "compute").end_block();
  CHECK(verdict("stall.count == 0", scene) == Verdict::Pass);
  CHECK(verdict("busy.max < 10ms", scene) == Verdict::Pass);
  CHECK(verdict("busy.max < 5ms", scene) == Verdict::Fail);
  CHECK(verdict("stall.count == 0 in busy time", scene) == Verdict::Fail);
  CHECK(measured(scene).taken_ns == 5 * ms);
}

TEST_CASE("CPU time without clock samples was the hypervisor's") {
  Scene scene;
  scene.block(1000, {.busy = 1 * ms, .samples = 1});
  scene.stall({.busy = 28 * ms, .samples = 5}, computing(), "compute").end_block();
  CHECK(measured(scene).taken_ns > 20 * ms);
  CHECK(measured(scene).taken_ns < 23 * ms);
  CHECK(verdict("stall.count == 0", scene) == Verdict::Pass);
  scene.stall({.busy = 28 * ms, .samples = 50}, computing(), "compute").end_block();
  CHECK(verdict("stall.count == 1", scene) == Verdict::Pass);
  // A sleep needs no samples, and where there are none at all nothing follows from it.
  scene.stall({.busy = 28 * ms, .blocked = 20 * ms}, asleep_in(CauseKind::File, "read"), "read").end_block();
  CHECK(verdict("stall.count == 2", scene) == Verdict::Pass);
  Scene blind;
  blind.block(1000, {.busy = 1 * ms}).stall({.busy = 28 * ms}, computing(), "compute").end_block();
  CHECK(verdict("stall.count == 1", blind) == Verdict::Pass);
}

TEST_CASE("no stall lost more than the hypervisor admits to have taken, and a tick") {
  Scene scene;
  scene.block(1000, {.busy = 1 * ms}).stall({.busy = 60 * ms, .unbooked = 40 * ms}, computing(), "compute").end_block();
  const auto taken = [&](std::optional<std::uint64_t> stolen_ns) {
    return measure({scene.session()}, 10 * ms, {}, stolen_ns).taken_ns;
  };
  CHECK(taken(20 * ms) == 30 * ms);
  CHECK(taken(70 * ms) == 40 * ms);
  CHECK(taken(std::nullopt) == 40 * ms);
  CHECK(taken(0) == 40 * ms);  // one that admits nothing at all is not believed
}

TEST_CASE("where the machine took too much nothing is decided") {
  Scene scene;
  scene.block(10, {.busy = 1 * ms});
  for (int i = 0; i < 5; ++i) scene.stall({.busy = 12 * ms, .unbooked = 5 * ms}, computing(), "compute");
  scene.end_block();
  CHECK(verdict("stall.count == 0", scene) == Verdict::Inconclusive);
  CHECK(verdict("stall.count == 0 in busy time", scene) == Verdict::Fail);
}

TEST_CASE("too few iterations for a percentile") {
  Scene scene;
  scene.block(50, {.busy = 1 * ms});
  const Finding finding = judged("busy.p99 < 5ms", scene);
  CHECK(finding.verdict == Verdict::Inconclusive);
  CHECK(has(finding.why, "it takes 100"));
  CHECK(verdict("busy.p90 < 5ms", scene) == Verdict::Pass);
  scene.block(20, {.busy = 9 * ms});
  CHECK(verdict("busy.p99 < 5ms", scene) == Verdict::Fail);  // twenty of seventy are no chance
}

TEST_CASE("nothing measured passes nothing") {
  Scene scene;
  scene.end_block();
  for (const char* rule :
       {"busy.p99 < 5ms", "stall.count == 0", "any(blocking_call)", "task(handler=x).hold.p99 < 1ms"})
    CHECK(verdict(rule, scene) == Verdict::Inconclusive);
}

TEST_CASE("stalls and who made them") {
  Scene scene = quiet(1 * ms);
  CHECK(verdict("stall.count == 0", scene) == Verdict::Pass);
  CHECK(verdict("any(blocking_call)", scene) == Verdict::Pass);
  scene.stall({.busy = 30 * ms, .blocked = 29 * ms}, asleep_in(CauseKind::File, "fsync"), "save", 88).end_block();
  const Finding stalls = judged("stall.count == 0", scene);
  CHECK(stalls.verdict == Verdict::Fail);
  REQUIRE(stalls.offenders.size() == 1);
  CHECK(measured(scene).offenders[stalls.offenders[0]].culprit.named().function == "save");
  CHECK(verdict("any(blocking_call)", scene) == Verdict::Fail);
  CHECK(verdict("culprit(cause=syscall).count == 0", scene) == Verdict::Fail);
  CHECK(verdict("culprit(cause=socket).count == 0", scene) == Verdict::Pass);
  CHECK(verdict("culprit(syscall=fsync).count <= 1", scene) == Verdict::Pass);
  CHECK(verdict("culprit(function=save).max < 20ms", scene) == Verdict::Fail);
  CHECK(verdict("culprit(function=/^sa/, file=*app.py).max < 31ms", scene) == Verdict::Pass);
  CHECK(verdict("stall.max < 50ms", scene) == Verdict::Pass);
  CHECK(verdict("stall.rate < 1%", scene) == Verdict::Pass);
  CHECK(verdict("loop.stalls == 1", scene) == Verdict::Pass);
}

TEST_CASE("a blocking call below the stall threshold has a culprit") {
  Scene scene = quiet(1 * ms);
  scene.stall({.busy = 4 * ms, .blocked = 3900 * us}, asleep_in(CauseKind::Timer, "clock_nanosleep"), "nap")
      .end_block();
  CHECK(verdict("stall.count == 0", scene) == Verdict::Pass);
  CHECK(verdict("any(blocking_call)", scene) == Verdict::Fail);
}

TEST_CASE("what is ignored breaks no rule, and only that") {
  Scene scene = quiet(1 * ms);
  scene.stall({.busy = 30 * ms, .blocked = 29 * ms}, asleep_in(CauseKind::File, "read"), "load_config").end_block();
  const Ignore ignore{
      {{"function", Pattern::glob("load_*"), false}, {"cause", Pattern::glob("file"), false}}, "once", ""};
  CHECK(judged("stall.count == 0", scene, {ignore}).verdict == Verdict::Pass);
  CHECK(judged("any(blocking_call)", scene, {ignore}).verdict == Verdict::Pass);
  const Ignore other{
      {{"function", Pattern::glob("load_*"), false}, {"cause", Pattern::glob("socket"), false}}, "x", ""};
  CHECK(judged("stall.count == 0", scene, {other}).verdict == Verdict::Fail);
}

TEST_CASE("lost evidence leaves a culprit rule undecided") {
  Scene scene = quiet(1 * ms);
  scene.stall({.busy = 30 * ms, .blocked = 29 * ms}, asleep_in(CauseKind::File, "read"), "").end_block();
  const Finding finding = judged("any(blocking_call)", scene);
  CHECK(finding.verdict == Verdict::Inconclusive);
  CHECK(has(finding.why, "evidence"));
  CHECK(verdict("stall.count == 0", scene) == Verdict::Fail);
}

TEST_CASE("task steps") {
  Scene scene = quiet();
  CHECK(verdict("task(handler=report*).hold.p99 < 4ms", scene) == Verdict::Pass);
  CHECK(verdict("task(handler=report*).hold.p99 < 2ms", scene) == Verdict::Fail);
  CHECK(verdict("task(name=other_page).steps == 1000", scene) == Verdict::Pass);
  CHECK(verdict("task(file=*/app.py).hold.max < 10ms", scene) == Verdict::Pass);
  const Finding nobody = judged("task(handler=nobody).hold.p99 < 4ms", scene);
  CHECK(nobody.verdict == Verdict::Inconclusive);
  CHECK(has(nobody.why, "no task of this name"));
}

TEST_CASE("the run queue's part of task steps") {
  Scene scene;
  // Three of six milliseconds each: all of them own more than 2 ms, whoever had the rest. Some iterations had two.
  for (int i = 0; i < 100; ++i) scene.add({.busy = 12 * ms, .runqueue = 6 * ms});
  scene.steps("report_page", 200, 6 * ms, 3 * ms).end_block();
  CHECK(verdict("task(handler=report_page).hold.avg < 3500us", scene) == Verdict::Pass);
  CHECK(verdict("task(handler=report_page).hold.avg < 2500us", scene) == Verdict::Fail);
  const Finding broken = judged("task(handler=report_page).hold.p99 < 2ms", scene);
  CHECK(broken.verdict == Verdict::Fail);
  CHECK(has(broken.why, "between 2.9"));
  CHECK(verdict("task(handler=report_page).hold.p99 < 4ms", scene) == Verdict::Inconclusive);
  CHECK(verdict("task(handler=report_page).hold.p99 < 7ms", scene) == Verdict::Pass);
  CHECK(verdict("task(handler=report_page).hold.p99 < 4ms in busy time", scene) == Verdict::Fail);
  // One in each: then no step is longer than its iteration.
  Scene alone;
  for (int i = 0; i < 200; ++i) alone.add({.busy = 6 * ms, .runqueue = 3 * ms});
  alone.steps("report_page", 200, 6 * ms, 3 * ms).end_block();
  CHECK(verdict("task(handler=report_page).hold.p99 < 4ms", alone) == Verdict::Pass);
  CHECK(verdict("task(handler=report_page).hold.max < 4ms", alone) == Verdict::Pass);
  CHECK(verdict("task(handler=report_page).hold.p99 < 2ms", alone) == Verdict::Fail);
}

namespace {

const RequestName kUsers{Protocol::Http, "GET /users", false}, kOrders{Protocol::Http, "POST /orders", false};

Scene with_requests(std::uint64_t runqueue = 0) {
  Scene scene;
  for (int i = 0; i < 200; ++i) scene.add({.busy = 6 * ms + runqueue, .runqueue = runqueue});
  scene.requests(kUsers, 150, 5 * ms).requests(kOrders, 50, 1 * ms).requests({Protocol::Redis, "PING", false}, 9);
  return std::move(scene.end_block());
}

}  // namespace

TEST_CASE("requests by name, method, path and protocol") {
  Scene scene = with_requests();
  for (const char* rule : {R"(request("GET /users").count == 150)", "request(name=/users$/).hold.p99 < 6ms",
                           "request(method=GET).count == 150", R"(request(path="/orders").hold.max < 2ms)",
                           "request(protocol=redis).count == 9", "request(protocol!=http).count == 9",
                           "request.count == 209", "request(method=POST).hold.sum <= 50ms",
                           R"(request("GET *").hold.avg > 4ms)", R"(request("DELETE *").count == 0)"}) {
    CAPTURE(rule);
    CHECK(verdict(rule, scene) == Verdict::Pass);
  }
  const Finding broken = judged(R"(request("GET /users").hold.p99 < 4ms)", scene);
  CHECK(broken.verdict == Verdict::Fail);
  CHECK(has(broken.why, "5.00 ms of own time, and not < 4.00 ms"));
}

TEST_CASE("what is not known of requests decides nothing") {
  Scene scene = with_requests();
  CHECK(has(judged("request(PING).hold.max < 1s", scene).why, "can not be told from the reads"));
  CHECK(has(judged("request(GET).hold.max < 1s", scene).why, "no request of this name"));
  scene.requests({Protocol::Other, "", false}, 7);
  CHECK(verdict("request(PING).count < 16", scene) == Verdict::Inconclusive);
  CHECK(verdict("request(PING).count < 17", scene) == Verdict::Pass);
  scene.reads(3, 1);
  const Finding any = judged("request(PING).count < 1000", scene);
  CHECK(any.verdict == Verdict::Inconclusive);
  CHECK(any.why == "it may be any number as well: 3 reads were encrypted, and 1 read not told");
  CHECK(verdict("request(PING).count >= 9", scene) == Verdict::Pass);
  Scene unasked = quiet();
  CHECK(has(judged("request.count == 0", unasked).why, "it takes --requests"));
  CHECK(verdict("request.count == 0", unasked) == Verdict::Inconclusive);
}

TEST_CASE("the run queue's part of requests is at most their loops'") {
  Scene scene = with_requests(1 * ms);
  CHECK(verdict(R"(request("GET /users").hold.avg < 4ms)", scene) == Verdict::Inconclusive);
  CHECK(verdict(R"(request("GET /users").hold.avg < 3ms)", scene) == Verdict::Fail);
  CHECK(verdict(R"(request("GET /users").hold.avg < 4ms in busy time)", scene) == Verdict::Fail);
  CHECK(verdict(R"(request("GET /users").hold.p99 < 6ms)", scene) == Verdict::Pass);
}

TEST_CASE("utilization is the busiest loop's") {
  Scene scene;
  for (int i = 0; i < 10; ++i) scene.block(60, {.busy = 1 * ms}, 140 * ms);
  CHECK(verdict("loop.utilization < 31%", scene) == Verdict::Pass);
  CHECK(verdict("loop.utilization < 29%", scene) == Verdict::Fail);
  CHECK(verdict("loop.count == 1", scene) == Verdict::Pass);
  CHECK(verdict("loop.iterations > 599", scene) == Verdict::Pass);
}

TEST_CASE("runs are judged together") {
  Scene good = quiet(1 * ms), bad = quiet(1 * ms);
  bad.stall({.busy = 30 * ms}, computing(), "compute").end_block();
  const auto rule = parse_rule("stall.count == 0");
  CHECK(judge(*rule, measure({good.session(), good.session()}, 10 * ms, {})).verdict == Verdict::Pass);
  CHECK(judge(*rule, measure({good.session(), bad.session()}, 10 * ms, {})).verdict == Verdict::Fail);
}

TEST_CASE("exit codes") {
  CHECK(exit_code(Verdict::Pass) == 0);
  CHECK(exit_code(Verdict::Fail) == 4);
  CHECK(exit_code(Verdict::Inconclusive) == 5);
  CheckResult result;
  CHECK(overall(result) == Verdict::Pass);
  result.findings.push_back({.name = "a", .level = Level::Warn, .verdict = Verdict::Fail});
  CHECK(overall(result) == Verdict::Pass);
  result.findings.push_back({.name = "b", .verdict = Verdict::Inconclusive});
  CHECK(overall(result) == Verdict::Inconclusive);
  result.inconclusive = Inconclusive::Pass;
  CHECK(overall(result) == Verdict::Pass);
  result.inconclusive = Inconclusive::Fail;
  CHECK(overall(result) == Verdict::Fail);
  result.findings.push_back({.name = "c", .verdict = Verdict::Fail});
  result.inconclusive = Inconclusive::Pass;
  CHECK(overall(result) == Verdict::Fail);
}

}  // namespace loopstall::check
