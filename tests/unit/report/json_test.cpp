#include <nlohmann/json.hpp>

#include "cases.h"
#include "catch.h"
#include "report/report.h"
#include "story.h"

namespace loopstall {
namespace {

using nlohmann::json;

json report_of(const Session& session) { return json::parse(render_json(summarize(session), {})); }

std::uint64_t number(const json& value) { return value.get<std::uint64_t>(); }

}  // namespace

TEST_CASE("the same session gives the same bytes") {
  for (const GoldenCase& c : golden_cases())
    CHECK(render_json(summarize(c.make()), {}) == render_json(summarize(c.make()), {.color = true, .columns = 40}));
}

TEST_CASE("stalls carry the time of day, to be matched with logs") {
  Session session = story::session("x");
  story::LoopStory(session, 7, 8, "x")
      .reading({{.busy = 20 * story::ms, .blocked = 5 * story::ms, .runqueue = 3 * story::ms}});
  const json stall = report_of(session)["stalls"][0];
  CHECK(number(stall["start_offset_ns"]) == 980 * story::ms);
  CHECK(number(stall["start_ns"]) == session.info.start_realtime_ns + 980 * story::ms);
  CHECK(number(stall["busy_ns"]) == 20 * story::ms);
  CHECK(number(stall["own_ns"]) == 17 * story::ms);
  CHECK(number(stall["split"]["cpu_ns"]) == 12 * story::ms);
  CHECK(number(stall["split"]["unaccounted_ns"]) == 0);
}

TEST_CASE("buckets add up to the distribution") {
  const json loops = report_of(golden_cases().front().make())["loops"];
  for (const char* name : {"busy", "own"}) {
    std::uint64_t count = 0, sum = 0;
    for (const json& bucket : loops[0][name]["buckets"]) {
      count += number(bucket[1]);
      sum += number(bucket[2]);
    }
    CHECK(count == number(loops[0][name]["count"]));
    CHECK(sum == number(loops[0][name]["sum_ns"]));
  }
}

TEST_CASE("causes and samples of a stall add up to its busy time") {
  std::size_t checked = 0;
  for (const GoldenCase& c : golden_cases()) {
    const json report = report_of(c.make());
    for (const json& stall : report["stalls"]) {
      if (stall["samples"].empty()) continue;
      std::uint64_t causes = 0, samples = 0;
      for (const json& cause : stall["causes"]) causes += number(cause["ns"]);
      for (const json& sample : stall["samples"]) samples += number(sample["weight_ns"]);
      const std::uint64_t busy = number(stall["busy_ns"]), runqueue = number(stall["split"]["runqueue_ns"]);
      CHECK(causes == busy);
      CHECK(samples + runqueue == Approx(busy).epsilon(0.05));
      CHECK_FALSE(stall["frames"].empty());
      ++checked;
    }
  }
  CHECK(checked > 10);
}

TEST_CASE("every stall is in one culprit's group, or told to be in none") {
  for (const GoldenCase& c : golden_cases()) {
    const json report = report_of(c.make());
    std::uint64_t grouped = 0;
    for (const json& group : report["culprits"]) {
      grouped += number(group["stalls"]);
      CHECK(group["culprit"].is_null() != group["unnamed"].is_null());
    }
    CHECK(grouped == number(report["stalls_explained"]));
    CHECK(grouped <= number(report["stalls_total"]));
  }
}

TEST_CASE("a loop's tasks are all of its steps, most hold time first") {
  const json report = report_of(session_with_tasks());
  std::vector<std::uint64_t> steps(report["loops"].size());
  std::uint64_t previous = UINT64_MAX;
  for (const json& task : report["tasks"]) {
    steps[number(task["loop"])] += number(task["steps"]["count"]);
    CHECK(task["tid"] == report["loops"][number(task["loop"])]["tid"]);
    CHECK(task["estimated"].get<bool>() == (number(task["estimated_steps"]) > 0));
    CHECK(number(task["steps"]["sum_ns"]) <= previous);
    previous = number(task["steps"]["sum_ns"]);
  }
  for (std::size_t i = 0; i < steps.size(); ++i) CHECK(steps[i] == number(report["loops"][i]["tasks"]["steps"]));
}

TEST_CASE("where no steps were counted nothing is said of them") {
  const json report = report_of(golden_cases().front().make());
  CHECK(report["tasks"].empty());
  CHECK(report["loops"][0]["tasks"].is_null());
}

TEST_CASE("names keep what can be kept") {
  Session session = story::session("<script>\"\\\n\xff");
  CHECK(report_of(session)["session"]["target"].get<std::string>() == "<script>\"\\\n\uFFFD");
}

}  // namespace loopstall
