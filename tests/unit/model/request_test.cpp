// Requests by name: from events to the rows of a report.
#include "catch.h"
#include "model/merge.h"
#include "model/summary.h"

using namespace loopstall;

namespace {

const RequestName kSlow{Protocol::Http, "GET /slow", false}, kFast{Protocol::Http, "GET /", false};

void open_loop(Session& session, std::uint32_t loop, bool confirmed = true) {
  apply(session, LoopOpened{{loop}, 100, 100 + static_cast<int>(loop), 0, "nginx", Wait::EpollWait, "nginx"});
  apply(session, LoopConfirmed{{loop}, confirmed, "no"});
}

void ask(Session& session, std::uint32_t id, std::uint32_t loop, const RequestName& name, std::uint64_t count,
         std::vector<BucketDelta> hold = {}) {
  apply(session, RequestSeen{{id}, {loop}, name});
  apply(session, RequestSample{{id}, count, std::move(hold), 0, 0});
}

Session two_workers() {
  Session session;
  session.info.duration_ns = 10'000'000'000;
  open_loop(session, 0);
  open_loop(session, 1);
  ask(session, 0, 0, kFast, 100);
  ask(session, 1, 1, kSlow, 2, {{1000, 2, 80'000'000}});
  ask(session, 2, 1, kFast, 50);
  apply(session, RequestReadsCounted{{0}, 3, 4});
  apply(session, RequestReadsCounted{{1}, 5, 6});
  return session;
}

}  // namespace

TEST_CASE("requests of one name on several loops are one row, those that held the loops longest first") {
  const Summary summary = summarize(two_workers());
  REQUIRE(summary.requests.size() == 2);
  CHECK(summary.requests[0].name == kSlow);
  CHECK(summary.requests[0].count == 2);
  CHECK(summary.requests[0].hold.sum_ns == 80'000'000);
  CHECK(summary.requests[1].name == kFast);
  CHECK(summary.requests[1].count == 150);
  CHECK(summary.requests[1].per_second == Approx(15));
  CHECK(summary.requests[1].loops.size() == 2);
  CHECK(summary.request_reads == RequestReads{true, 8, 10});
}

TEST_CASE("requests of what is no loop are in no row") {
  Session session = two_workers();
  open_loop(session, 2, false);
  ask(session, 3, 2, kSlow, 9);
  apply(session, RequestReadsCounted{{2}, 9, 9});
  CHECK(summarize(session).requests[0].count == 2);
  CHECK(summarize(session).request_reads.encrypted == 8);
}

TEST_CASE("where nobody asked for requests nothing is said of them") {
  Session session;
  open_loop(session, 0);
  CHECK_FALSE(summarize(session).request_reads.measured);
}

TEST_CASE("merged recordings have all requests") {
  auto merged = merge({{"a", two_workers()}, {"b", two_workers()}});
  REQUIRE(merged);
  REQUIRE(merged->requests.size() == 6);
  CHECK(merged->requests[4].id.value == 4);
  CHECK(merged->requests[4].loop.value == 3);
  CHECK(summarize(*merged).requests[0].count == 4);
}

TEST_CASE("protocols have names") {
  for (const Protocol protocol : {Protocol::Other, Protocol::Http, Protocol::Redis})
    CHECK(protocol_from_name(protocol_name(protocol)) == protocol);
  CHECK(protocol_from_name("spdy") == Protocol::Other);
}
