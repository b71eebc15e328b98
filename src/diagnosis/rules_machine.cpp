// Causes that tell all by themselves.
#include "diagnosis/rule.h"

namespace loopstall {
namespace {

using enum CauseKind;

constexpr Rule kRules[] = {
    {"gil-thread-pool", families(Family::Python), causes(Gil), "",
     "std:concurrent/futures/thread.py py:/anyio/_backends/", "a pool thread held the GIL", "a process pool",
     "The loop waited for Python's global lock while {} ran in a pool thread. A thread pool, a plain `def` endpoint or "
     "asyncio.to_thread() does not take computing off the loop: run it in a ProcessPoolExecutor, or use a library that "
     "releases the GIL."},
    {"gil", families(Family::Python), causes(Gil), "", "", "another thread held the GIL", "a process pool",
     "The loop waited for Python's global lock while {} ran in another thread. Move computing to a process "
     "(ProcessPoolExecutor), or use a library that releases the GIL."},
    {"stopped", kAnyFamily, causes(Stopped), "", "", "stopped from outside", "",
     "Not your code: a signal (SIGSTOP, Ctrl-Z), a debugger or a freezer (docker pause) stopped the process."},
    {"cpu-quota", kAnyFamily, causes(Throttled), "", "", "the CPU quota was used up", "a higher CPU limit",
     "Not this handler: the cgroup had used up its CPU quota, and all of its threads had to pause. Raise the limit "
     "(cpu.max), or run fewer busy threads in it."},
    {"run-queue", kAnyFamily, causes(RunQueue), "", "", "the machine took the CPU away", "more CPU",
     "Not your code: the loop was ready to run, but others had the CPUs. Run fewer busy processes beside it, pin it to "
     "a CPU of its own, or give the machine more CPUs."},
    {"page-fault", kAnyFamily, causes(PageFault), "", "", "memory was read in from disk", "more memory",
     "The thread touched memory that was swapped out, or a part of a mapped file that was not in memory. Give it more "
     "memory, or read the file before it is needed."},
};

}  // namespace

std::span<const Rule> machine_rules() { return kRules; }

}  // namespace loopstall
