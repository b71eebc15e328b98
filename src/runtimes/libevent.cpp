// libevent, by its shared library: libevent-2.1.so.7, libevent_core-2.1.so.7.
//
// event_base_loop waits in epoll_wait (or epoll_pwait2, poll, select) once per iteration; a timeout of 0 is a real
// wait, as active events of lower priority run after it.
//
// Checked: 2.1.12 (Debian 12). The "7" of the file name is the ABI, not the release: only 2.1 is known.
// LIMITATIONS: a static libevent (memcached builds, tor) is "native".
#include "runtimes/adapters.h"
#include "runtimes/evidence.h"

namespace loopstall {

Detected detect_libevent(const ProcFs&, const ProcessInfo& process) {
  for (const std::string_view prefix : {"libevent-", "libevent_core-"}) {
    const auto* library = mapped_library(process, prefix);
    if (library == nullptr) continue;
    const auto version = leading_version(std::string_view(*library).substr(library->rfind(prefix) + prefix.size()));
    return Runtime{version.empty() ? "libevent" : "libevent " + std::string(version), {}};
  }
  return std::nullopt;
}

}  // namespace loopstall
