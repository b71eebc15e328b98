#include "runtimes/cpython_debug_offsets.h"

#include "catch.h"
#include "fake_memory.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t kRuntime = 0x1000;

// _Py_DebugOffsets of a release, as far as it is read; positions are those of the header of that version.
struct Described {
  int minor;
  std::uint64_t ceval_gil, thread_state, interpreter_frame, code_object, thread_id;
};
constexpr Described k13{13, 112, 152, 224, 272, 192}, k14{14, 120, 176, 248, 312, 216},
    k15{15, 120, 176, 312, 376, 240};

test::FakeMemory describe(const Described& d, const PythonOffsets& o) {
  test::FakeMemory memory;
  memory.put(kRuntime, "xdebugpy" + std::string(600, '\0'));
  const auto set = [&](std::uint64_t position, std::uint64_t value) { memory.set(kRuntime + position, value); };
  set(8, 0x03000000ULL | static_cast<std::uint64_t>(d.minor) << 16 | 0x2f0);
  set(40, 1000), set(64, 2000), set(72, 3000), set(d.ceval_gil, 24);
  set(d.thread_state + 24, 16), set(d.thread_state + 32, o.thread_frame);
  set(d.thread_id, o.thread_id), set(d.thread_id + 8, o.thread_native_id);
  set(d.interpreter_frame + 8, o.frame_previous), set(d.interpreter_frame + 24, o.frame_instr);
  set(d.interpreter_frame + 40, o.frame_owner);
  set(d.code_object + 8, o.code_filename), set(d.code_object + 24, o.code_name);
  set(d.code_object + 32, o.code_linetable), set(d.code_object + 40, o.code_first_line);
  set(d.code_object + 72, o.code_start);
  return memory;
}

std::string refusal(const test::FakeMemory& memory, int minor) {
  auto offsets = *python_offsets(minor);
  const auto done = apply_debug_offsets(memory, kRuntime, minor, offsets);
  return done ? "" : done.error().message;
}

}  // namespace

TEST_CASE("what may move between patch releases is taken from the process") {
  for (const auto& d : {k13, k14, k15}) {
    auto offsets = *python_offsets(d.minor);
    REQUIRE(apply_debug_offsets(describe(d, offsets), kRuntime, d.minor, offsets));
    CHECK(offsets.runtime_interpreters == 1000);
    CHECK(offsets.interp_next == 2000);
    CHECK(offsets.interp_threads == 3000);
    CHECK(offsets.interp_gil == 24);
  }
}

TEST_CASE("a build that is not the known one is refused") {
  const auto good = describe(k14, *python_offsets(14));
  CHECK(refusal(good, 14).empty());
  CHECK(refusal(good, 13) == "its _Py_DebugOffsets are of another version (0x30e02f0)");
  auto free_threaded = good;
  free_threaded.set(kRuntime + 16, std::uint64_t{1});
  CHECK(refusal(free_threaded, 14) == "free-threaded builds are not known");
  auto no_cookie = good;
  no_cookie.set(kRuntime, 'y');
  CHECK(refusal(no_cookie, 14) == "its _Py_DebugOffsets can not be read");
  CHECK(refusal(test::FakeMemory(), 14) == "its _Py_DebugOffsets can not be read");
  for (const std::uint64_t position : {208, 216, 224, 256, 264, 272, 288, 320, 336, 344, 352, 384, 64}) {
    auto other = good;
    other.set(kRuntime + position, std::uint64_t{0x1234567});
    CHECK(refusal(other, 14) == "its layout is not the one that is known");
  }
}

TEST_CASE("unknown versions have no offsets") {
  CHECK_FALSE(python_offsets(7));
  CHECK_FALSE(python_offsets(16));
}
