// uvloop: asyncio on libuv, one extension module with its own libuv inside.
//
// Python callbacks that are ready run in an idle handle, so libuv polls with timeout 0 and runs them *after* that
// poll. Checked with strace on uvloop 0.17 (libuv 1.44): `await sleep(0); time.sleep(0.1); await sleep(0.03)` gives
//   epoll_wait(0) = 0, clock_nanosleep 100 ms, epoll_wait(30)
// Merging a zero wait with the blocking one after it, right for Node, would swallow that stall here: the pair is
// two waits. (libuv makes the merged pair only if UV_METRICS_IDLE_TIME is set, and uvloop does not set it.)
//
// Checked: 0.17.0 with CPython 3.11 (Debian 12).
// LIMITATIONS: a process that has imported uvloop but runs plain asyncio or trio is called uvloop.
#include "runtimes/adapters.h"
#include "runtimes/cpython_version.h"
#include "runtimes/evidence.h"

namespace loopstall {
namespace {

constexpr std::string_view kModule = "/uvloop/loop.cpython-";

const std::string* find_module(const ProcessInfo& process) {
  for (const auto& path : process.mapped)
    if (path.find(kModule) != path.npos) return &path;
  return nullptr;
}

// `__version__ = '0.17.0'` in the package's _version.py, which is there however it was installed.
std::string package_version(const ProcFs& proc, int pid, const std::string& module) {
  const auto file = TargetFile::in_root(proc, pid, module.substr(0, module.rfind('/')) + "/_version.py");
  if (!file) return "";
  const auto text = file->text(0, 4096);
  const auto at = text.find("__version__ = '");
  return at == text.npos ? "" : std::string(leading_version(std::string_view(text).substr(at + 15)));
}

}  // namespace

Detected detect_uvloop(const ProcFs& proc, const ProcessInfo& process) {
  const auto* module = find_module(process);
  if (module == nullptr) return std::nullopt;
  const auto python = cpython_version(proc, process).value_or("");
  const auto version = package_version(proc, process.pid, *module);
  return Runtime{"CPython" + (python.empty() ? "" : " " + python) + ", uvloop" + (version.empty() ? "" : " " + version),
                 {.reads_ahead_of_the_work = true, .wait_frame_bytes = kLibuvWaitFrame}};
}

}  // namespace loopstall
