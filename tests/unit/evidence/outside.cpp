#include "evidence/outside.h"

#include <cstring>

#include "catch.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

namespace {

// Memory up to `end` holds its own addresses; nothing can be read behind it.
struct Addresses : TargetMemory {
  explicit Addresses(std::uint64_t end_of_stack) : end(end_of_stack) {}
  bool read(std::uint64_t address, void* buffer, std::size_t length) const override {
    if (address + length > end) return false;
    for (std::size_t i = 0; i + 8 <= length; i += 8) {
      const std::uint64_t value = address + i;
      std::memcpy(static_cast<std::byte*>(buffer) + i, &value, 8);
    }
    return true;
  }
  std::uint64_t end;
};

struct Scene {
  FakeProc fake;
  ProcFs proc = fake.proc();
  Scene() {
    fake.process(7, 1, "server");
    fake.write("7/task/7/status", "Name:\tserver\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n");
  }
};

RawSample look(std::uint64_t switches, std::uint64_t sp) {
  RawSample sample;
  sample.pid = sample.tid = 7;
  sample.registers.sp = sp;
  sample.outside = OutsideView{0, switches};
  return sample;
}

std::uint64_t word(const RawSample& sample, std::size_t offset) {
  std::uint64_t value = 0;
  std::memcpy(&value, sample.stack.data() + offset, sizeof(value));
  return value;
}

}  // namespace

TEST_CASE("the memory of a thread that has not run since is that of the look") {
  const Scene scene;
  RawSample sample = look(15, 0x7f00'1ff0);
  REQUIRE(read_from_outside(scene.proc, Addresses(0x7f01'0000), {}, sample));
  CHECK(sample.stack_begin == 0x7f00'1ff0);
  CHECK(sample.stack.size() == 0x10 + 3 * 4096);
  CHECK(word(sample, 0) == 0x7f00'1ff0);
  CHECK(word(sample, 0x10) == 0x7f00'2000);
  CHECK(sample.stack_truncated);
  CHECK_FALSE(sample.outside);
}

TEST_CASE("it ends where the stack does") {
  const Scene scene;
  RawSample sample = look(15, 0x7f00'0f00);
  REQUIRE(read_from_outside(scene.proc, Addresses(0x7f00'1000), {}, sample));
  CHECK(sample.stack.size() == 0x100);
  CHECK_FALSE(sample.stack_truncated);
}

TEST_CASE("a thread that has run since is left alone") {
  const Scene scene;
  RawSample sample = look(14, 0x7f00'0000);
  CHECK_FALSE(read_from_outside(scene.proc, Addresses(0x7f01'0000), {}, sample));
  CHECK(sample.stack.empty());
  CHECK(sample.outside);
}

TEST_CASE("so is one that has ended, and a look that has its memory") {
  const Scene scene;
  RawSample sample = look(15, 0x7f00'0000);
  sample.tid = 99;
  CHECK_FALSE(read_from_outside(scene.proc, Addresses(0x7f01'0000), {}, sample));
  sample.outside.reset();
  CHECK_FALSE(read_from_outside(scene.proc, Addresses(0x7f01'0000), {}, sample));
}
