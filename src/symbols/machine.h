// The registers by DWARF's numbers, and what the machine's calling convention says of them. x86-64: System V ABI 3.6.2;
// arm64: "DWARF for the Arm 64-bit Architecture" 4.1.
#pragma once

#include <cstdint>

namespace loopstall {

#if defined(__aarch64__)
constexpr unsigned kRegisterCount = 33;
constexpr unsigned kFramePointer = 29, kReturnAddress = 30, kStackPointer = 31, kProgramCounter = 32;
constexpr bool kLinkRegister = true;  // a leaf function's return address is in a register
// A signed return address (pointer authentication) has its signature above the 48 bits of an address.
constexpr std::uint64_t kAddressMask = (1ULL << 48) - 1;
#else
constexpr unsigned kRegisterCount = 17;
constexpr unsigned kFramePointer = 6, kReturnAddress = 16, kStackPointer = 7, kProgramCounter = 16;
constexpr bool kLinkRegister = false;
constexpr std::uint64_t kAddressMask = ~0ULL;
#endif

}  // namespace loopstall
