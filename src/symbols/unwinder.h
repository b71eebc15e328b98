// From a thread's registers and a copy of its stack to the chain of its calls. Only the copy is read: by the time that
// we look, the stack itself holds other calls.
#pragma once

#include <functional>
#include <vector>

#include "model/raw_sample.h"
#include "symbols/elf_module.h"
#include "symbols/losses.h"

namespace loopstall {

// A return address is that of the instruction after the call: symbolize() looks at the byte before it.
struct UnwoundFrame {
  std::uint64_t pc = 0;
  std::uint64_t cfa = 0;  // the caller's sp at the call: tells two calls of one function apart; 0 unknown
  bool return_address = false;
};

enum class UnwindEnd : std::uint8_t {
  Complete,   // the thread's first frame: its return address is undefined or 0, or it is _start or clone
  Truncated,  // the next frame lies outside the copied bytes, or the stack is deeper than kMaxFrames
  Failed,     // counted in SymbolLosses
};

struct Unwound {
  std::vector<UnwoundFrame> frames;  // innermost first
  UnwindEnd end = UnwindEnd::Failed;
  unsigned by_frame_pointer = 0;  // steps that had no unwind information: JIT code, assembly
};

constexpr std::size_t kMaxFrames = 256;

// The code at an address of the target. module is null for code without a file (JIT).
struct Code {
  bool executable = false;
  ElfModule* module = nullptr;
  std::uint64_t address = 0;  // in the module's own addresses
};
using CodeAt = std::function<Code(std::uint64_t pc)>;

Unwound unwind_stack(const CodeAt& code_at, const Registers& registers, const StackCopy& stack, SymbolLosses& losses);

}  // namespace loopstall
