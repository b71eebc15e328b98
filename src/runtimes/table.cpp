#include <array>

#include "runtimes/adapters.h"

namespace loopstall {
namespace {

// A named server comes first: nginx stays nginx if a module maps libpython. Then runtimes, then the libraries that
// a program may map without looping on them, then everything else.
constexpr std::array<RuntimeAdapter, 11> kAdapters{{
    {"server", "Redis, nginx, HAProxy, Envoy and memcached, by the name of the executable", detect_server},
    {"uvloop", "Python's asyncio on uvloop", detect_uvloop},
    {"cpython", "CPython 3: asyncio, trio, gevent and other loops", detect_cpython},
    {"node", "Node.js and programs that embed it", detect_node},
    {"tokio", "Rust programs on tokio; workers also sleep on a futex", detect_tokio},
    {"asio", "C++ programs on Boost.Asio or Asio; threads also sleep on a futex", detect_asio},
    {"libuv", "C and C++ programs on libuv", detect_libuv},
    {"libevent", "C and C++ programs on libevent", detect_libevent},
    {"libev", "C and C++ programs on libev", detect_libev},
    {"glib", "programs on GLib's main loop", detect_glib},
    {"native", "any other program that waits in epoll, poll, select or io_uring", detect_native},
}};

}  // namespace

std::span<const RuntimeAdapter> runtime_adapters() { return kAdapters; }

Runtime detect_runtime(const ProcFs& proc, const ProcessInfo& process) {
  ProcessInfo subject = process;
  subject.mapped = proc.mapped_files(process.pid);  // once: it takes the target's mmap lock
  for (const auto& adapter : kAdapters)
    if (auto runtime = adapter.detect(proc, subject)) return *runtime;
  return {"native", {}};
}

}  // namespace loopstall
