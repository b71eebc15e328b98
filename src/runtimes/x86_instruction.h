// Decodes the x86-64 instructions that compilers put at a function's beginning, and no others: how long each is, which
// general registers it writes, whether the kernel's uprobes emulate it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace loopstall {

constexpr int kNoRegister = -1;

// Registers by their number in the encoding: rax 0, rcx 1, rdx 2, rbx 3, rsp 4, rbp 5, rsi 6, rdi 7, r8 to r15.
struct Instruction {
  std::size_t length = 0;
  // arch/x86/kernel/uprobes.c, branch_setup_xol_ops and push_setup_xol_ops (since 4.17): push of a general register
  // without a prefix but 0x41, the 1-byte nop, relative jmp, call and jcc without a prefix. Longer nops are emulated as
  // well, but 6.18 rewrites the 5-byte one to a call, so they do not count here.
  bool emulated = false;
  bool pushes = false;                                 // push, call: the kernel writes the target's stack
  bool branches = false;                               // jmp, jcc, call: what follows is another path
  std::uint16_t writes = 0;                            // a bit each; may have some too many. Not rsp, if it only pushes
  int copy_from = kNoRegister, copy_to = kNoRegister;  // all 64 bits of a register moved to another
};

// nullopt: not one that is known, or code ends in it.
std::optional<Instruction> decode_instruction(std::span<const std::uint8_t> code);

}  // namespace loopstall
