// libuv, used from C or C++: as a shared library, or linked into a program that exports its symbols.
//
// No trait: an active idle handle, or uv_run(UV_RUN_NOWAIT), polls with timeout 0 and runs callbacks before the next,
// blocking poll, so the two are two waits. Only with UV_METRICS_IDLE_TIME does libuv make the pair that is one wait
// (node.cpp); a program that sets it is split into one empty iteration more per wait, and loses nothing.
//
// Checked: libuv 1.44.2 (Debian 12) with strace.
// LIMITATIONS: no version. Linked statically without exported symbols it is "native".
#include "runtimes/adapters.h"
#include "runtimes/evidence.h"

namespace loopstall {

Detected detect_libuv(const ProcFs& proc, const ProcessInfo& process) {
  if (mapped_library(process, "libuv.so")) return Runtime{"libuv", {.wait_frame_bytes = kLibuvWaitFrame}};
  const auto elf = open_exe(proc, process.pid);
  if (elf && elf->exported("uv_run")) return Runtime{"libuv", {.wait_frame_bytes = kLibuvWaitFrame}};
  return std::nullopt;
}

}  // namespace loopstall
