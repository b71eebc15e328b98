#include "session/children.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "session/pidfd.h"
#include "target/target.h"

namespace loopstall {
namespace {

using namespace std::chrono_literals;
constexpr auto kKillLimit = 2000ms;

void reap_all() {
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

// The descriptor pins the process: what had this number when it was listed is still the same, or is not signalled.
void send(const ProcFs& proc, const ProcessInfo& process, int signal) {
  const Fd fd = open_pidfd(process.pid);
  const auto now = proc.process(process.pid);
  if (!fd || !now || now->start_ticks != process.start_ticks) return;
  syscall(SYS_pidfd_send_signal, fd.get(), signal, nullptr, 0);
}

// How many were alive before the first signal.
std::size_t end_all(const ProcFs& proc, int signal, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  reap_all();
  auto left = descendants(proc, getpid());
  const std::size_t found = left.size();
  for (const ProcessInfo& process : left) send(proc, process, signal);
  while (!left.empty() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(5ms);
    reap_all();
    left = descendants(proc, getpid());
  }
  return found;
}

}  // namespace

Result<> adopt_orphans() {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return system_error("prctl(PR_SET_CHILD_SUBREAPER)");
  return {};
}

std::size_t end_descendants(const ProcFs& proc, std::chrono::milliseconds grace) {
  const std::size_t found = end_all(proc, SIGTERM, grace);
  // Each round ends those that the last one's made in the meantime.
  for (int round = 0; round < 5 && found; ++round)
    if (!end_all(proc, SIGKILL, kKillLimit)) break;
  return found;
}

}  // namespace loopstall
