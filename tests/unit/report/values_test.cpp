// Numbers, times and splits as the reports write them.
#include <algorithm>
#include <numeric>

#include "base/units.h"
#include "catch.h"
#include "report/split_parts.h"
#include "report/text_units.h"
#include "report/wall_clock.h"

namespace loopstall {

TEST_CASE("percentages keep small and none apart") {
  CHECK(percent(0, 100) == "–");
  CHECK(percent(1, 0) == "–");
  CHECK(percent(1, 1'000) == "<1 %");
  CHECK(percent(1, 2) == "50 %");
  CHECK(percent1(0) == "0 %");
  CHECK(percent1(0.0001) == "<0.1 %");
  CHECK(percent1(0.4213) == "42.1 %");
  CHECK(percent1(1) == "100 %");
}

TEST_CASE("round durations lose their noughts, others keep their digits") {
  CHECK(round_duration(10 * kMillisecond) == "10 ms");
  CHECK(round_duration(1'500 * kMicrosecond) == "1.5 ms");
  CHECK(round_duration(1'530 * kMicrosecond) == "1.53 ms");
  CHECK(round_duration(100 * kMicrosecond) == "100 us");
  CHECK(round_duration(0) == "0 ns");
}

TEST_CASE("rates and sizes") {
  CHECK(decimal(0) == "0");
  CHECK(decimal(1.8) == "1.80");
  CHECK(decimal(9.996) == "10.0");
  CHECK(decimal(99.96) == "100");
  CHECK(decimal(1234.4) == "1,234");
  CHECK(format_bytes(500'000) == "500 kB");
  CHECK(format_bytes(3'100'000) == "3.1 MB");
  CHECK(format_bytes(18'200'000) == "18 MB");
  CHECK(counted(1, "stall") == "1 stall");
  CHECK(counted(0, "stall") == "0 stalls");
}

TEST_CASE("stamps before and after the session's start become times of day") {
  SessionInfo info;
  info.start_realtime_ns = 1'772'366'400'123'456'789;
  info.start_ns = 5'000 * kSecond;
  CHECK(rfc3339(epoch_ns(info, info.start_ns)) == "2026-03-01T12:00:00.123456789Z");
  CHECK(rfc3339(epoch_ns(info, info.start_ns - kSecond)) == "2026-03-01T11:59:59.123456789Z");
  CHECK(time_of_day(epoch_ns(info, info.start_ns + 12 * 3'600 * kSecond)) == "00:00:00.123");
  CHECK(date_and_time(0) == "1970-01-01 00:00:00");
  CHECK(date_and_time(951'782'400 * kSecond) == "2000-02-29 00:00:00");
}

TEST_CASE("a split's bar is as wide as asked for, and shows every part that is there") {
  const Split split{.cpu_ns = 3, .blocked_ns = 990'000, .runqueue_ns = 4, .user_samples = 10, .kernel_samples = 10};
  for (unsigned columns : {10U, 76U, 96U}) {
    const auto widths = bar_widths(split_parts(split, 990'007), columns);
    CHECK(std::accumulate(widths.begin(), widths.end(), 0U) == columns);
    CHECK(std::count(widths.begin(), widths.end(), 1U) >= 3);
  }
  CHECK(bar_widths(split_parts({}, 0), 76) == std::vector<unsigned>(4, 0));
  CHECK(bar_widths(split_parts(split, 990'007), 3) == std::vector<unsigned>(5, 0));
}

TEST_CASE("too few clock samples do not tell user from kernel CPU") {
  Split split{.cpu_ns = 100, .user_samples = kSamplesEnough - 1};
  CHECK(split_parts(split, 100).front().name == "cpu");
  ++split.kernel_samples;
  CHECK(split_parts(split, 100).front().name == "user~");
}

}  // namespace loopstall
