#include "session/status_line.h"

#include "catch.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;

Session two_loops() {
  Session session;
  session.info.start_ns = 100 * kSecondNs;
  for (std::uint32_t i = 0; i < 2; ++i) {
    apply(session, LoopOpened{LoopId{i}, 7, 7 + static_cast<int>(i), 100 * kSecondNs, "server", Wait::EpollWait, ""});
    apply(session, LoopConfirmed{LoopId{i}, true, ""});
  }
  return session;
}

void count(Session& session, std::uint32_t loop, std::uint64_t iterations, std::uint64_t busy_ms,
           std::uint64_t idle_ms) {
  LoopSample sample;
  sample.loop = LoopId{loop};
  sample.at_ns = session.info.start_ns + 1;
  sample.delta.iterations = iterations;
  sample.delta.busy_ns = busy_ms * 1'000'000;
  sample.delta.idle_ns = idle_ms * 1'000'000;
  apply(session, sample);
}

}  // namespace

TEST_CASE("rates are those since the last reading") {
  Session session = two_loops();
  StatusMeter meter;
  count(session, 0, 1000, 100, 900);
  count(session, 1, 2000, 500, 500);
  const Status first = meter.read(session, 101 * kSecondNs);
  CHECK(first.loops == 2);
  CHECK(first.iterations_per_s == Approx(3000));
  CHECK(first.utilization == Approx(0.5));
  count(session, 0, 100, 900, 100);
  const Status second = meter.read(session, 102 * kSecondNs);
  CHECK(second.iterations_per_s == Approx(100));
  CHECK(second.utilization == Approx(0.9));
  CHECK(second.elapsed_ns == 2 * kSecondNs);
}

TEST_CASE("unconfirmed loops do not count") {
  Session session = two_loops();
  apply(session, LoopConfirmed{LoopId{1}, false, "waits for one socket only"});
  count(session, 1, 2000, 500, 500);
  Stall stall;
  stall.loop = LoopId{1};
  stall.busy_ns = kSecondNs;
  apply(session, StallSeen{stall});
  const Status status = StatusMeter().read(session, 101 * kSecondNs);
  CHECK(status.loops == 1);
  CHECK(status.iterations_per_s == 0);
  CHECK(status.worst_ns == 0);
}

TEST_CASE("the line says as much as fits") {
  const Status status{75 * kSecondNs, 2, 1234.4, 0.876, 3, 812'000'000};
  CHECK(render_status(status, "", 120) ==
        "measuring 1:15  2 loops  1,234 iterations/s  up to 88 % busy  3 stalls, worst 812 ms  Ctrl-C to stop");
  CHECK(render_status(status, "", 80) == "measuring 1:15  2 loops  1,234 iterations/s  up to 88 % busy");
  for (unsigned columns = 1; columns < 120; ++columns) CHECK(render_status(status, "", columns).size() < columns);
}

TEST_CASE("numbers agree with their nouns, and an hour has its own place") {
  const Status status{3725 * kSecondNs, 1, 1, 0.004, 1, 20'000'000};
  CHECK(render_status(status, "", 120) ==
        "measuring 1:02:05  1 loop  1 iteration/s  0 % busy  1 stall, worst 20.0 ms  Ctrl-C to stop");
}

TEST_CASE("without a loop there is nothing to count") {
  CHECK(render_status({}, "", 80) == "measuring 0:00  no event loop seen yet  Ctrl-C to stop");
}

TEST_CASE("a stall that is going on comes first, before a loop was counted too") {
  const Status status{75 * kSecondNs, 1, 0, 0, 0, 0};
  CHECK(render_status(status, "stalled 3.20 s in f app.py:8", 60) ==
        "measuring 1:15  stalled 3.20 s in f app.py:8  1 loop");
  CHECK(render_status({}, "stalled ≥3.20 s", 60) == "measuring 0:00  stalled ≥3.20 s");
}

TEST_CASE("characters count, not bytes") {
  CHECK(render_status({}, "stalled…", 25) == "measuring 0:00  stalled…");
  CHECK(render_status({}, "stalled…", 24) == "measuring 0:00");
}
