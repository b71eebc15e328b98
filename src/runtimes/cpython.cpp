// CPython: the interpreter, whatever loop runs on it.
//
// asyncio's selector loop waits in epoll_wait once per iteration, select.select in pselect6 or select, and a timeout of
// 0 is a real wait: callbacks that were ready run after it. So no trait of waits is set. The C half of asyncio shows as
// _asyncio.cpython-3XY.so, unless it is built into the executable (Debian's 3.15): then nothing shows.
//
// Checked: 3.8 to 3.13 built with --enable-shared (pyenv), Debian's static 3.11.
// LIMITATIONS: before 3.11 only major and minor are known. Python 2 is "native". A program that embeds Python is
// called CPython, whoever runs its loop. PyPy, GraalPy: "native".
#include "runtimes/adapters.h"
#include "runtimes/cpython_version.h"
#include "runtimes/evidence.h"

namespace loopstall {
namespace {

// gevent replaces the loop with its own copy of libev or libuv.
bool has_gevent(const ProcessInfo& process) {
  for (const auto& path : process.mapped)
    if (path.find("/gevent/libev/") != path.npos || path.find("/gevent/libuv/") != path.npos) return true;
  return false;
}

}  // namespace

Detected detect_cpython(const ProcFs& proc, const ProcessInfo& process) {
  const auto version = cpython_version(proc, process);
  if (!version) return std::nullopt;
  std::string name = version->empty() ? "CPython" : "CPython " + *version;
  if (has_gevent(process))
    name += ", gevent";
  else if (mapped_library(process, "_asyncio."))
    name += ", asyncio";
  return Runtime{std::move(name), {.reads_ahead_of_the_work = !has_gevent(process), .reenters = !has_gevent(process)}};
}

}  // namespace loopstall
