// One look at a loop thread as capture delivers it: registers, a copy of the stack, code addresses, what it slept on.
// Not yet named: session/ does that with symbols/ and runtimes/. All times are CLOCK_MONOTONIC ns.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"

namespace loopstall {

// In the order of DWARF's register numbers: x86-64 rax rdx rcx rbx rsi rdi rbp rsp r8..r15 rip (17), arm64 x0..x30 sp
// pc (33). Those that a syscall clobbers (rcx, r11) are as the kernel found them.
struct Registers {
  std::array<std::uint64_t, 33> dwarf{};
  std::uint64_t pc = 0, sp = 0, fp = 0;
  bool operator==(const Registers&) const = default;
};

// A Python frame as the kernel side found it. The three pointers and first_line identify the code object: should its
// memory be used again, they differ.
struct RawPythonFrame {
  std::uint64_t code = 0;       // PyCodeObject
  std::uint64_t filename = 0;   // its co_filename
  std::uint64_t name = 0;       // its co_qualname, before 3.11 co_name
  std::uint64_t linetable = 0;  // its co_linetable or co_lnotab
  std::int32_t first_line = 0;
  std::int32_t instr = 0;  // byte offset of the running instruction in the code
  bool operator==(const RawPythonFrame&) const = default;
};

enum class ObjectKind : std::uint8_t {
  None = 0,
  File = 1,
  Directory = 2,
  Device = 3,
  Socket = 4,
  Pipe = 5,
  Anonymous = 6
};

// What a syscall's descriptor referred to when the thread fell asleep, read in the kernel: by the time that user space
// looks, the number may mean something else.
struct RawObject {
  ObjectKind kind = ObjectKind::None;
  std::uint16_t family = 0;                      // AF_*
  std::uint16_t protocol = 0;                    // IPPROTO_*
  std::uint16_t local_port = 0, peer_port = 0;   // host order
  std::array<std::uint8_t, 16> local{}, peer{};  // the first 4 bytes for AF_INET
  std::uint64_t inode = 0;
  std::uint32_t device = 0;        // major << 20 | minor, as the kernel's dev_t
  std::vector<std::string> names;  // of the file and its parents, innermost first; unix: the bound path
  bool names_truncated = false;    // there are more parents, or a name was cut
  bool operator==(const RawObject&) const = default;
};

// LoopWait: not inside an iteration, but in the loop's own wait: its stack shows where the loop is.
enum class SampleKind : std::uint8_t { Cpu = 1, Sleep = 2, LoopWait = 3 };

// Of a look at a thread that slept already: its memory could not be read then. It still can be, as long as the thread's
// context switches are so many.
struct OutsideView {
  std::uint64_t thread_pointer = 0;
  std::uint64_t switches = 0;
  bool operator==(const OutsideView&) const = default;
};

struct RawSample {
  LoopId loop;
  int pid = 0, tid = 0;
  SampleKind kind = SampleKind::Cpu;
  std::uint64_t iteration = 0;  // its number on the loop, as in Stall
  std::uint64_t iteration_start_ns = 0;
  std::uint64_t at_ns = 0;      // Sleep: when it began
  std::uint64_t length_ns = 0;  // Sleep: how long it was
  std::uint64_t step = 0;       // number of the task step that was open, as in RawStep; 0: none
  bool light = false;           // taken for the step's handler alone: Python frames, no stacks, no weight
  std::uint64_t weight_ns = 0;  // what it stands for: with the sleeps or the CPU time before it that had no look
  bool stopped = false;         // stopped by a signal, a debugger or a freezer
  bool page_fault = false;      // asleep on a page fault, not in a syscall
  std::int64_t syscall = -1;    // -1: in none
  std::array<std::uint64_t, 6> args{};
  RawObject object;                    // of the descriptor in args[0], where the syscall takes one
  Registers registers;                 // of user mode
  std::uint64_t stack_begin = 0;       // address of the first byte of stack: registers.sp, rounded down if need be
  std::vector<std::byte> stack;        // upwards
  bool stack_truncated = false;        // it ended before the stack's own end
  std::vector<std::uint64_t> kernel;   // return addresses, innermost first
  std::vector<RawPythonFrame> python;  // innermost first; empty: not a Python thread, or it could not be walked
  bool python_truncated = false;
  bool python_failed = false;  // a Python process, and the walk met something that it could not read
  bool gil_wait = false;       // asleep on the futex of the interpreter's GIL
  int holder_tid = 0;          // who holds it, as the interpreter names it (3.11 and later); 0 unknown
  std::vector<RawPythonFrame> holder;
  std::optional<OutsideView> outside;  // set: stack and python are yet to be read
  bool operator==(const RawSample&) const = default;
};

}  // namespace loopstall
