// Where in a function's beginning a probe can sit: on an instruction that the kernel emulates (anything else is
// single-stepped, some 10 us here), that every call runs, and at which the arguments are still in registers.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace loopstall {

constexpr std::size_t kPrologueBytes = 128;  // code that is worth looking at

// Offset of such an instruction at which the first `count` arguments are in the registers that they came in: rather one
// that pushes nothing, as the kernel's write to the target's stack takes a tenth of the trap (660 ns against
// 600, 6.18). Registers that the caller wants back may hold something else by then. nullopt: there is none that is
// known.
std::optional<std::size_t> probe_point(std::span<const std::uint8_t> code, int count);

// The first such instruction, for the first argument in its own register or, as the probes look in these two only, the
// second's.
struct ArgumentPoint {
  std::size_t offset = 0;
  int argument = 0;  // rdi 0, rsi 1
  bool operator==(const ArgumentPoint&) const = default;
};
std::optional<ArgumentPoint> first_argument_point(std::span<const std::uint8_t> code);

}  // namespace loopstall
