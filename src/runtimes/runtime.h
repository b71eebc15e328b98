// One file per runtime; one table lists them. Adding one: see CONTRIBUTING.md.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "target/procfs.h"

namespace loopstall {

// What the kernel side must know about this runtime's loop; see probes/events.h for the flags.
struct LoopTraits {
  bool zero_then_blocking_is_one_wait = false;  // Node's libuv polls with timeout 0 just before it blocks
  bool futex_sleep_ends_iteration = false;      // tokio and asio workers park on a futex as well
  // asyncio's protocols and streams only take in what is read: a task that runs later does the work, as in servers on
  // trio. So from a read nobody can tell for how long its request holds the loop.
  bool reads_ahead_of_the_work = false;
  bool reenters = false;  // asyncio: there are ways to run it in its own handlers (nest_asyncio)
  // Stack that the function around the wait takes for itself and that handlers run without. A wait inside a handler can
  // then stand higher on the stack than the loop's own.
  std::uint32_t wait_frame_bytes = 0;
};

// uv__io_poll keeps its events on the stack: 12 KiB up to libuv 1.44, 15 KiB from 1.45 on.
constexpr std::uint32_t kLibuvWaitFrame = 20 * 1024;

struct Runtime {
  std::string name;  // "CPython 3.11.2, uvloop", "Node.js 20.20.2", "native"
  LoopTraits traits;
};

struct RuntimeAdapter {
  std::string_view name;
  std::string_view help;
  // nullopt: not this runtime. process.mapped holds the mapped files; whatever else it reads is bounded.
  std::optional<Runtime> (*detect)(const ProcFs& proc, const ProcessInfo& process);
};

std::span<const RuntimeAdapter> runtime_adapters();  // most specific first; the last one, native, takes all
Runtime detect_runtime(const ProcFs& proc, const ProcessInfo& process);

}  // namespace loopstall
