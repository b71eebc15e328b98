// Boost.Asio and standalone Asio: a header-only C++ library.
//
// Of the threads that call io_context::run, one waits in epoll_wait and the others on a condition variable, that is a
// futex. Its epoll_reactor::run keeps 128 events on the stack and returns before handlers run. So a futex sleep of a
// thread that also waits in epoll ends an iteration.
//
// How it shows: its services are polymorphic, so their type names ("N5boost4asio6detail9schedulerE", without "5boost"
// for standalone Asio) are in .rodata, stripped or not; with -fno-rtti only as symbols.
// Checked: Boost 1.74 (Debian 12), stripped and not; the trait on the same.
// LIMITATIONS: no version. A stripped program without RTTI, or with Asio inside a shared library, is "native".
#include "runtimes/adapters.h"
#include "runtimes/evidence.h"

namespace loopstall {

Detected detect_asio(const ProcFs& proc, const ProcessInfo& process) {
  constexpr std::string_view kNamespace = "4asio6detail";
  const auto elf = open_exe(proc, process.pid);
  if (!elf) return std::nullopt;
  const bool found =
      elf->search(".rodata", kNamespace, kSearchLimit) || elf->search(".strtab", kNamespace, kSearchLimit);
  if (!found) return std::nullopt;
  return Runtime{"Asio", {.futex_sleep_ends_iteration = true, .wait_frame_bytes = 4096}};
}

}  // namespace loopstall
