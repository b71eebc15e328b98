// The look that is shown, and that advice is concluded from.
#include "model/telling_sample.h"

#include "catch.h"
#include "stacks.h"

namespace loopstall {
namespace {

using namespace stacks;

const std::string kSqlite = "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0";

// In the order in which it is read: how much, and where.
EvidenceSample look(std::uint64_t weight_ns, Stack inside) {
  return computing(std::move(inside) + asyncio(), weight_ns);
}

Evidence evidence_of(std::vector<EvidenceSample> samples, std::uint64_t cpu_ns) {
  return evidence(std::move(samples), Split{.cpu_ns = cpu_ns}, cpu_ns);
}

TEST_CASE("the look that tells is at the named line") {
  const Evidence e = evidence_of(
      {look(40, {native("dumps"), app("store", 71)}), look(30, {native("sqlite3_step", kSqlite), app("store", 70)}),
       look(35, {native("sqlite3_exec", kSqlite), app("store", 70)})},
      105);
  REQUIRE(e.culprit.named().line == 70);
  REQUIRE(telling_sample(e));
  CHECK(telling_sample(e)->weight_ns == 35);
}

TEST_CASE("many short looks in one callee tell more than a long one in another") {
  const Evidence e = evidence_of({look(40, {native("dumps"), app("store", 70)}),
                                  look(20, {native("write", kSqlite), native("step", kSqlite), app("store", 70)}),
                                  look(21, {native("read", kSqlite), native("step", kSqlite), app("store", 70)}),
                                  look(5, {native("step", kSqlite), app("store", 70)})},
                                 86);
  REQUIRE(telling_sample(e));
  CHECK(telling_sample(e)->weight_ns == 21);
}

TEST_CASE("a look that ends where others go on counts as one of its own") {
  const Evidence e = evidence_of({look(50, {app("crunch", 7)}), look(30, {native("a"), app("crunch", 7)}),
                                  look(10, {native("b"), app("crunch", 7)})},
                                 90);
  REQUIRE(telling_sample(e));
  CHECK(telling_sample(e)->weight_ns == 50);
}

TEST_CASE("no look at the cause, none that tells") {
  Evidence e = evidence_of({look(50, {app("crunch", 7)})}, 50);
  e.samples.clear();
  CHECK_FALSE(telling_sample(e));
}

}  // namespace
}  // namespace loopstall
