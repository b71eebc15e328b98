#include "evidence/outside_loop.h"

#include "catch.h"

using namespace loopstall;

namespace {

using Frames = std::vector<RawPythonFrame>;

RawPythonFrame at(std::uint64_t code, std::int32_t instr) {
  RawPythonFrame frame;
  frame.code = code;
  frame.instr = instr;
  return frame;
}

// Function 2 calls run_forever() at 20, the module calls function 2.
const Frames kWait{at(2, 20), at(1, 10)};

}  // namespace

TEST_CASE("frames that the look shares with the loop's wait are outside the loop") {
  CHECK(frames_outside(Frames{at(7, 1), at(6, 1), at(2, 20), at(1, 10)}, kWait, false) == 2);
  CHECK(frames_outside(kWait, kWait, false) == 2);
  CHECK(frames_outside(Frames{at(2, 20), at(2, 20), at(1, 10)}, kWait, false) == 2);
  CHECK(frames_outside(Frames{at(7, 1)}, kWait, true) == 0);
  CHECK(frames_outside(Frames{at(7, 1)}, {}, true) == 0);
  CHECK(frames_outside({}, kWait, true) == 0);
}

TEST_CASE("what calls the loop elsewhere is outside it as well, if the loop runs") {
  const Frames look{at(7, 1), at(2, 30), at(1, 10)};
  CHECK(frames_outside(look, kWait, true) == 2);
  CHECK(frames_outside(look, kWait, false) == 1);
}

TEST_CASE("uvloop is told by its module") {
  const auto call = [](const std::string& module) { return NativeCall{1, {{.function = "f", .module = module}}}; };
  CHECK(runs_uvloop({call("/lib/libc.so.6"), call("/usr/lib/python3/dist-packages/uvloop/loop.cpython-311.so")}));
  CHECK_FALSE(runs_uvloop({call("/lib/libc.so.6"), call("/srv/uvloop_app/main")}));
}
