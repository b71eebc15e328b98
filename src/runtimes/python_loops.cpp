#include "runtimes/python_loops.h"

#include <algorithm>
#include <memory>

#include "runtimes/cpython_names.h"
#include "runtimes/cpython_roles.h"
#include "runtimes/cpython_walk.h"

namespace loopstall {
namespace {

// A running thread's stack is often misread, so the main thread's is read again until a loop is found. A stack takes
// some 100 reads: a process with many threads costs no more than these.
constexpr int kLooks = 16;
constexpr std::size_t kThreads = 16, kThreadsAgain = 1;

PythonLoops both(const PythonLoops& a, const PythonLoops& b) { return {a.asyncio || b.asyncio, a.trio || b.trio}; }

}  // namespace

PythonLoops loops_on(const Stack& stack) {
  return {std::any_of(stack.begin(), stack.end(), runs_asyncio), std::any_of(stack.begin(), stack.end(), runs_trio)};
}

PythonLoops running_loops(const TargetMemory& memory, const PythonLayout& layout) {
  PythonNames names(std::make_unique<BorrowedMemory>(memory), layout);
  PythonLoops loops;
  auto threads = oldest_python_threads(memory, layout, kThreads);
  for (int i = 0; i < kLooks && loops == PythonLoops{}; ++i) {
    for (const std::uint64_t thread : threads)
      loops = both(loops, loops_on(names.stack(read_thread_stack(memory, layout, thread).frames)));
    threads.resize(std::min(threads.size(), kThreadsAgain));
  }
  return loops;
}

}  // namespace loopstall
