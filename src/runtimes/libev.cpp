// libev, by its shared library libev.so.4; the release is not in its name.
//
// ev_run waits in epoll_wait once per iteration; with EVRUN_NOWAIT or pending idle watchers the timeout is 0, and
// callbacks follow it: a real wait.
//
// Not checked against a running program. LIMITATIONS: an embedded copy (gevent has one) is not seen here.
#include "runtimes/adapters.h"
#include "runtimes/evidence.h"

namespace loopstall {

Detected detect_libev(const ProcFs&, const ProcessInfo& process) {
  if (mapped_library(process, "libev.so") || mapped_library(process, "libev-")) return Runtime{"libev", {}};
  return std::nullopt;
}

}  // namespace loopstall
