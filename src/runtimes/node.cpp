// Node.js: V8 on libuv.
//
// Node sets UV_METRICS_IDLE_TIME (perf_hooks' idleTime, since 14.10 and 12.19). libuv then begins *every* wait with a
// poll of timeout 0 and, if nothing is ready, polls again with the real timeout at once, in the same function: no
// JavaScript can run in between. So a zero wait that returned nothing and the blocking one after it are one wait. An
// active setImmediate makes only the zero wait, and what follows it is a zero wait again, never a blocking one.
// Checked with strace, main thread and workers: 16.20.2 and 18.20.8 (epoll_wait), 20.20.2, 22.23.3 and 24.21.0
// (epoll_pwait).
//
// The version is the string "node.js/v20.20.2" within the first megabyte of .rodata, the same in these five.
// LIMITATIONS: Node before 12.19 has no such pair and would lose the time between; its platform's
// DelayedTaskScheduler thread has none either, and does nothing. Electron is called Node.js. Deno, Bun: "native".
#include "runtimes/adapters.h"
#include "runtimes/evidence.h"

namespace loopstall {
namespace {

constexpr std::string_view kVersionMark = "node.js/v";
constexpr std::uint64_t kVersionLimit = 8ULL << 20;

// Debian 12's libnode has no such string. Its soname is Node's ABI number (nodejs.org, abi_version_registry.json).
std::string version_of_abi(std::string_view library) {
  constexpr std::pair<std::string_view, std::string_view> kReleases[] = {
      {".108", "18"}, {".111", "19"}, {".115", "20"}, {".127", "22"}, {".137", "24"}};
  for (const auto& [abi, release] : kReleases)
    if (library.ends_with(abi)) return std::string(release);
  return "";
}

std::string version_in(const std::optional<ElfFile>& elf) {
  const auto at = elf ? elf->search(".rodata", kVersionMark, kVersionLimit) : std::nullopt;
  if (!at) return "";
  return std::string(leading_version(elf->file().text(*at + kVersionMark.size(), 16)));
}

Runtime node(const std::string& version) {
  return {version.empty() ? "Node.js" : "Node.js " + version,
          {.zero_then_blocking_is_one_wait = true, .wait_frame_bytes = kLibuvWaitFrame}};
}

Runtime node_library(const ProcFs& proc, int pid, const std::string& library) {
  const std::string version = version_in(open_library(proc, pid, library));
  return node(version.empty() ? version_of_abi(library) : version);
}

}  // namespace

Detected detect_node(const ProcFs& proc, const ProcessInfo& process) {
  // Debian's nodejs is a small executable on libnode.so.
  if (const auto* library = mapped_library(process, "libnode.so")) return node_library(proc, process.pid, *library);
  const auto elf = open_exe(proc, process.pid);
  const bool named = exe_name(process) == "node" || exe_name(process) == "nodejs";
  // Single-executable applications have a name of their own, but export Node's API for native modules.
  if (!named && !(elf && elf->exported("napi_get_node_version"))) return std::nullopt;
  return node(version_in(elf));
}

}  // namespace loopstall
