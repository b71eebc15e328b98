// CPython: the interpreter, whatever loop runs on it.
//
// asyncio's selector loop waits in epoll_wait once per iteration, select.select in pselect6 or select, and a timeout of
// 0 is a real wait: callbacks that were ready run after it. So no trait of waits is set; trio is the same in all that.
// Which of the two runs is on the threads' stacks. Where none does, or the stacks can not be read, asyncio is presumed
// if its C half shows as _asyncio.cpython-3XY.so; built into the executable (Debian's 3.15) it does not.
//
// Checked: 3.8 to 3.13 built with --enable-shared (pyenv), Debian's static 3.11. trio 0.22.
// LIMITATIONS: before 3.11 only major and minor are known. Python 2 is "native". A program that embeds Python is
// called CPython, whoever runs its loop. PyPy, GraalPy: "native". A process is looked at with its first loop: another
// library's loop that begins later is not told, nor is one in a thread that is not among the oldest 16.
#include "runtimes/adapters.h"
#include "runtimes/cpython_find.h"
#include "runtimes/cpython_version.h"
#include "runtimes/evidence.h"
#include "runtimes/python_loops.h"

namespace loopstall {
namespace {

// gevent replaces the loop with its own copy of libev or libuv.
bool has_gevent(const ProcessInfo& process) {
  for (const auto& path : process.mapped)
    if (path.find("/gevent/libev/") != path.npos || path.find("/gevent/libuv/") != path.npos) return true;
  return false;
}

PythonLoops loops_of(const ProcFs& proc, const ProcessInfo& process) {
  const auto layout = find_python(proc, process);
  return layout ? running_loops(ProcessMemory(process.pid), *layout) : PythonLoops{};
}

std::string loop_names(const ProcFs& proc, const ProcessInfo& process) {
  if (has_gevent(process)) return ", gevent";
  const PythonLoops loops = loops_of(proc, process);
  if (!loops.trio) return loops.asyncio || mapped_library(process, "_asyncio.") ? ", asyncio" : "";
  return loops.asyncio ? ", asyncio, trio" : ", trio";
}

}  // namespace

Detected detect_cpython(const ProcFs& proc, const ProcessInfo& process) {
  const auto version = cpython_version(proc, process);
  if (!version) return std::nullopt;
  const std::string name = version->empty() ? "CPython" : "CPython " + *version;
  return Runtime{name + loop_names(proc, process),
                 {.reads_ahead_of_the_work = !has_gevent(process), .reenters = !has_gevent(process)}};
}

}  // namespace loopstall
