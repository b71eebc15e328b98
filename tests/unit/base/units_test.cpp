#include "base/units.h"

#include <string>

#include "catch.h"

using namespace loopstall;

TEST_CASE("a duration is a number and a unit") {
  CHECK(parse_duration("250ns") == 250U);
  CHECK(parse_duration("500us") == 500 * kMicrosecond);
  CHECK(parse_duration("10ms") == 10 * kMillisecond);
  CHECK(parse_duration("2s") == 2 * kSecond);
  CHECK(parse_duration("3m") == 180 * kSecond);
  CHECK(parse_duration("1h") == 3600 * kSecond);
  CHECK(parse_duration("0s") == 0U);
  CHECK(parse_duration("007ms") == 7 * kMillisecond);
}

TEST_CASE("one space before the unit is fine") { CHECK(parse_duration("10 ms") == 10 * kMillisecond); }

TEST_CASE("fractions are exact, and what is finer than a nanosecond is cut off") {
  CHECK(parse_duration("1.5s") == 1'500'000'000U);
  CHECK(parse_duration("0.1s") == 100'000'000U);
  CHECK(parse_duration("0.3us") == 300U);
  CHECK(parse_duration("1.000000001s") == 1'000'000'001U);
  CHECK(parse_duration("1.9ns") == 1U);
  CHECK(parse_duration("0.123456789012345s") == 123'456'789U);
  CHECK(parse_duration("0.999999999999h") == 3'599'999'999'996U);
}

TEST_CASE("what is not a duration is a usage error that names the accepted forms") {
  for (const char* text :
       {"",     "abc",    "10",    "1.5",   "-5ms", "+5ms",  "1e9s",  "ms",        ".5s",    "1.s",
        "1,5s", "10  ms", " 10ms", "10ms ", "10 ",  "10ms5", "10 MS", "10minutes", "0x10ms", "10m s"}) {
    CAPTURE(text);
    const auto result = parse_duration(text);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ExitCode::Usage);
    CHECK(result.error().message.find('"' + std::string(text) + '"') == 0);
    CHECK(result.error().message.find("500us, 10ms, 1.5s") != std::string::npos);
  }
}

TEST_CASE("a number without a unit is told so") {
  CHECK(parse_duration("10").error().message.find("has no unit") != std::string::npos);
  CHECK(parse_duration("10kg").error().message.find("unknown unit \"kg\"") != std::string::npos);
}

TEST_CASE("a duration beyond 64 bits is refused, the longest one is not") {
  CHECK(parse_duration("18446744073709551615ns") == UINT64_MAX);
  CHECK(parse_duration("18446744073.709551615s") == UINT64_MAX);
  for (const char* text : {"18446744073709551616ns", "18446744073.709551616s", "99999999999s", "5124096h",
                           "99999999999999999999999999999h"}) {
    CAPTURE(text);
    const auto result = parse_duration(text);
    REQUIRE_FALSE(result);
    CHECK(result.error().message.find("too long") != std::string::npos);
  }
}

TEST_CASE("durations print with three digits and a unit") {
  CHECK(format_duration(0) == "0 ns");
  CHECK(format_duration(7) == "7 ns");
  CHECK(format_duration(999) == "999 ns");
  CHECK(format_duration(1'000) == "1.00 us");
  CHECK(format_duration(47'000) == "47.0 us");
  CHECK(format_duration(812'400'000) == "812 ms");
  CHECK(format_duration(1'530'000'000) == "1.53 s");
  CHECK(format_duration(10 * kMillisecond) == "10.0 ms");
}

TEST_CASE("rounding up carries into the next digit and the next unit") {
  CHECK(format_duration(9'994) == "9.99 us");
  CHECK(format_duration(9'995) == "10.0 us");
  CHECK(format_duration(99'949) == "99.9 us");
  CHECK(format_duration(99'950) == "100 us");
  CHECK(format_duration(999'499) == "999 us");
  CHECK(format_duration(999'500) == "1.00 ms");
  CHECK(format_duration(999'999'999) == "1.00 s");
  CHECK(format_duration(59'940'000'000) == "59.9 s");
  CHECK(format_duration(59'950'000'000) == "1m 00s");
}

TEST_CASE("minutes and more print as two parts") {
  CHECK(format_duration(60 * kSecond) == "1m 00s");
  CHECK(format_duration(125 * kSecond) == "2m 05s");
  CHECK(format_duration(3599 * kSecond) == "59m 59s");
  CHECK(format_duration(3599 * kSecond + 600 * kMillisecond) == "1h 00m");
  CHECK(format_duration(11'220 * kSecond) == "3h 07m");
  CHECK(format_duration(86'399 * kSecond) == "1d 00h");
  CHECK(format_duration(4 * 86'400 * kSecond + 3600 * kSecond) == "4d 01h");
  CHECK(format_duration(200 * 86'400 * kSecond) == "200 d");
  CHECK(format_duration(UINT64_MAX) == "584 y");
}

TEST_CASE("a printed duration never takes more than seven columns") {
  for (std::uint64_t base = 1; base < UINT64_MAX / 3; base *= 3)
    for (std::uint64_t ns : {base - 1, base, base * 2, base * 2 + base / 2}) {
      CAPTURE(ns);
      CHECK(format_duration(ns).size() <= 7);
    }
}

TEST_CASE("counts print with commas, from a million up with a prefix") {
  CHECK(format_count(0) == "0");
  CHECK(format_count(999) == "999");
  CHECK(format_count(1'000) == "1,000");
  CHECK(format_count(123'456) == "123,456");
  CHECK(format_count(999'999) == "999,999");
  CHECK(format_count(1'000'000) == "1.00 M");
  CHECK(format_count(12'345'678) == "12.3 M");
  CHECK(format_count(999'499'999) == "999 M");
  CHECK(format_count(999'500'000) == "1.00 G");
  CHECK(format_count(UINT64_MAX) == "18.4 E");
}
