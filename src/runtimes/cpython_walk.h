// Walks the Python stack of a thread that sleeps, from outside: the same walk as probes/python.bpf.h, for a thread that
// fell asleep before loopstall attached. The caller makes sure that the thread did not run meanwhile.
#pragma once

#include <cstdint>
#include <vector>

#include "model/raw_sample.h"
#include "runtimes/cpython_layout.h"
#include "runtimes/cpython_memory.h"

namespace loopstall {

// Which thread. pthread_self() is the thread pointer (x86-64: fsbase), known in all versions; the id that the
// interpreter knows it by, in its own pid namespace, from 3.11 on. 0: not given.
struct PythonThread {
  std::uint64_t pointer = 0;
  int tid = 0;
};

struct PythonStack {
  std::vector<RawPythonFrame> frames;  // innermost first
  int tid = 0;                         // as the interpreter knows it; 0 before 3.11
  bool truncated = false;
  bool failed = false;  // no such thread, or memory that could not be read
};

// What identifies the code object at that address, for PythonNames to name; instr is 0.
RawPythonFrame raw_python_code(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t code);

PythonStack read_python_stack(const TargetMemory& memory, const PythonLayout& layout, const PythonThread& thread);

// The states (PyThreadState) of so many threads, the oldest first, and the stack of one of them, asleep or not.
std::vector<std::uint64_t> oldest_python_threads(const TargetMemory& memory, const PythonLayout& layout,
                                                 std::size_t most);
PythonStack read_thread_stack(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t state);

}  // namespace loopstall
