#include <nlohmann/json.hpp>

#include "catch.h"
#include "cli/doctor_checks.h"
#include "cli/wrap.h"

using namespace loopstall;

namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const Diagnosis kGood{{{"kernel", true, false, "Linux"}, {"fentry", false, false, "not needed"}}};
const Diagnosis kBad{{{"kernel", true, false, "Linux"}, {"CAP_BPF", false, true, "missing"}}};

}  // namespace

TEST_CASE("only a required check decides") {
  CHECK(kGood.ok());
  CHECK(kGood.tier() == "iterations");
  CHECK_FALSE(kBad.ok());
  CHECK(kBad.tier().empty());
}

TEST_CASE("where looks at stalls load, the tier is stacks") {
  Diagnosis looks = kGood;
  looks.checks.push_back({std::string(kLooksAtStalls), true, false, "load"});
  CHECK(looks.tier() == "stacks");
  looks.checks.back().ok = false;
  CHECK(looks.tier() == "iterations");
}

TEST_CASE("each line has its mark") {
  CHECK(doctor_text(kGood, {}) ==
        "✓ kernel  Linux\n"
        "– fentry  not needed\n"
        "\nattach would work; tier: iterations\n");
  CHECK(has(doctor_text(kBad, {}), "✗ CAP_BPF  missing\n"));
  CHECK(has(doctor_text(kBad, {}), "would not work"));
}

TEST_CASE("the JSON says the same") {
  const auto good = nlohmann::json::parse(doctor_json(kGood));
  CHECK(good["schema"] == "loopstall.doctor/1");
  CHECK(good["ok"] == true);
  CHECK(good["tier"] == "iterations");
  CHECK(good["checks"][1]["name"] == "fentry");
  CHECK(good["checks"][1]["required"] == false);
  const auto bad = nlohmann::json::parse(doctor_json(kBad));
  CHECK(bad["ok"] == false);
  CHECK(bad["tier"].is_null());
}

TEST_CASE("a name that is no UTF-8 makes no broken JSON") {
  const Diagnosis odd{{{"process", true, true, "7 (\xff\xfe)"}}};
  CHECK(nlohmann::json::accept(doctor_json(odd)));
}

TEST_CASE("text is broken at spaces and indented") {
  CHECK(wrapped("one two three", 2, 9) == "one two\n  three");
  CHECK(wrapped("one", 2, 3) == "one");
  CHECK(wrapped("averyveryverylongword x", 0, 5) == "averyveryverylongword\nx");
  CHECK(wrapped("", 2, 9).empty());
}

TEST_CASE("a target that is not there fails a required check") {
  Checks checks;
  add_target_checks(checks, "99999999");
  REQUIRE(checks.size() == 1);
  CHECK(checks[0].required);
  CHECK_FALSE(checks[0].ok);
}
