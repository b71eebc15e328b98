#include "runtimes/cpython_lines.h"

#include <fmt/format.h>

#include <random>

#include "catch.h"

using namespace loopstall;

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int v : values) out += static_cast<char>(v);
  return out;
}

}  // namespace

// From 3.9: def f(): (line 10), a = 1 (11), 300 bytes of code, b = (14), c (back to 12).
TEST_CASE("lnotab of 3.8 and 3.9") {
  const auto table = bytes({0, 1, 255, 0, 45, 3, 4, -2});
  CHECK(line_from_lnotab(table, 10, -1) == 10);
  CHECK(line_from_lnotab(table, 10, 0) == 11);
  CHECK(line_from_lnotab(table, 10, 299) == 11);
  CHECK(line_from_lnotab(table, 10, 300) == 14);
  CHECK(line_from_lnotab(table, 10, 304) == 12);
  CHECK(line_from_lnotab(table, 10, 100'000) == 12);
  CHECK(line_from_lnotab("", 10, 5) == 10);
}

TEST_CASE("ranges of 3.10") {
  const auto table = bytes({2, 1, 4, -128, 6, 3, 0, -2, 2, 0});
  CHECK(line_from_ranges(table, 10, -2) == 10);
  CHECK(line_from_ranges(table, 10, 0) == 11);
  CHECK(line_from_ranges(table, 10, 2) == 0);  // no line
  CHECK(line_from_ranges(table, 10, 6) == 14);
  CHECK(line_from_ranges(table, 10, 12) == 12);
  CHECK(line_from_ranges(table, 10, 14) == 0);  // beyond the table
}

TEST_CASE("locations of 3.11 and later") {
  const auto entry = [](int kind, int units) { return 128 | kind << 3 | (units - 1); };
  const auto table = bytes({entry(14, 1), 3, 0, 1, 1,   // long form: +(-1)
                            entry(13, 8), 0x40 | 8, 2,  // no columns: +68 in two bytes, 16 bytes of code
                            entry(15, 2),               // no line
                            entry(0, 1), 0x12,          // short form: same line
                            entry(11, 1), 3, 4,         // one line: +1
                            entry(12, 1), 3, 4});       // +2
  CHECK(line_from_locations(table, 10, -2) == 10);
  CHECK(line_from_locations(table, 10, 0) == 9);
  CHECK(line_from_locations(table, 10, 2) == 77);
  CHECK(line_from_locations(table, 10, 17) == 77);
  CHECK(line_from_locations(table, 10, 18) == 0);
  CHECK(line_from_locations(table, 10, 22) == 77);
  CHECK(line_from_locations(table, 10, 24) == 78);
  CHECK(line_from_locations(table, 10, 26) == 80);
  CHECK(line_from_locations(table, 10, 28) == 0);  // beyond the table
}

TEST_CASE("a line table of any bytes gives a line or none") {
  std::mt19937 random(20261122);
  for (int round = 0; round < 200'000; ++round) {
    std::string table(random() % 64, '\0');
    for (auto& c : table) c = static_cast<char>(random());
    const auto first = static_cast<std::int32_t>(random()), instr = static_cast<std::int32_t>(random() % 256) - 8;
    for (const int minor : {8, 10, 13})
      if (python_line(minor, table, first, instr) > 0x7fffffff) FAIL(fmt::format("round {}", round));
  }
}

TEST_CASE("the largest steps do not overflow") {
  const std::string far = bytes({128 | 13 << 3, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f});
  std::string table;
  for (int i = 0; i < 5000; ++i) table += far;
  CHECK(line_from_locations(table, 2'000'000'000, 9998) == 0);
  CHECK(line_from_lnotab(std::string(65536, '\x7f'), 2'147'483'647, 2'000'000'000) == 0);
  CHECK(line_from_lnotab(std::string(65536, '\x80'), 1, 2'000'000'000) == 0);
}
