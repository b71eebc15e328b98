// Linux 6.18 turns a probe on a 5-byte nop into a call, and the call's return address is written over the red zone. A
// leaf function that keeps live data there, below its stack pointer, then computes wrong results in nearly every call.
// Here is one; no probe of ours may be placed in it.
#include "catch.h"
#include "runtimes/prologue.h"

// 0, if nobody meddles.
extern "C" long redzone_leaf(long x);
extern "C" const unsigned char redzone_leaf_end[];

__asm__(
    ".pushsection .text\n"
    ".globl redzone_leaf\n"
    ".type redzone_leaf, @function\n"
    "redzone_leaf:\n"
    "  mov %rdi, -8(%rsp)\n"
    "  mov %rdi, -16(%rsp)\n"
    "  .byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n"
    "  mov -8(%rsp), %rax\n"
    "  xor -16(%rsp), %rax\n"
    "  ret\n"
    ".globl redzone_leaf_end\n"
    "redzone_leaf_end:\n"
    "  push %rbp\n"
    "  .size redzone_leaf, .-redzone_leaf\n"
    ".popsection\n");

using namespace loopstall;

namespace {

// Its code, and the push of whatever follows it.
std::span<const std::uint8_t> leaf_code() {
  const auto* begin = reinterpret_cast<const std::uint8_t*>(&redzone_leaf);
  return {begin, redzone_leaf_end + 1};
}

}  // namespace

TEST_CASE("a leaf function with live data in its red zone is refused") {
  REQUIRE(redzone_leaf(0x5555) == 0);
  for (int arguments = 0; arguments <= 3; ++arguments) CHECK_FALSE(probe_point(leaf_code(), arguments));
  CHECK_FALSE(first_argument_point(leaf_code()));
}
