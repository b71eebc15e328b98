#include "target/poll_set.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include <algorithm>

#include "base/fd.h"
#include "target/wait_syscalls.h"

namespace loopstall {
namespace {

constexpr std::uint64_t kMost = 256;  // enough to tell a loop from a thread with one socket

template <class T>
bool read_memory(const ProcFs& proc, int pid, std::uint64_t address, T* to, std::size_t count) {
  const Fd memory(::open(proc.path(pid, "mem").c_str(), O_RDONLY | O_CLOEXEC));
  const auto bytes = count * sizeof(T);
  return memory && ::pread(memory.get(), to, bytes, static_cast<off_t>(address)) == static_cast<ssize_t>(bytes);
}

std::vector<int> poll_set(const ProcFs& proc, int pid, const ThreadSyscall& call) {
  std::vector<pollfd> entries(std::min(call.args[1], kMost));
  std::vector<int> fds;
  if (!read_memory(proc, pid, call.args[0], entries.data(), entries.size())) return fds;
  for (const pollfd& entry : entries)
    if (entry.fd >= 0) fds.push_back(entry.fd);
  return fds;
}

std::vector<int> select_set(const ProcFs& proc, int pid, const ThreadSyscall& call) {
  const int count = static_cast<int>(std::min<std::uint64_t>(call.args[0], FD_SETSIZE));
  std::vector<int> fds;
  for (const std::uint64_t address : {call.args[1], call.args[2]}) {
    fd_set set;
    if (!address || !read_memory(proc, pid, address, &set, 1)) continue;
    for (int fd = 0; fd < count; ++fd)
      if (FD_ISSET(fd, &set)) fds.push_back(fd);
  }
  return fds;
}

}  // namespace

// What it sleeps in may be another call by now, whose arguments are no set. A poll that a signal interrupted goes on as
// restart_syscall.
std::vector<int> sleeping_poll_set(const ProcFs& proc, int pid, int tid, Wait wait) {
  const auto call = proc.syscall(pid, tid);
  if (!call || call->running) return {};
  const WaitFamily family = call->nr == SYS_restart_syscall ? WaitFamily::Poll : wait_family(call->nr);
  if ((wait == Wait::Poll || wait == Wait::Ppoll) && family == WaitFamily::Poll) return poll_set(proc, pid, *call);
  if ((wait == Wait::Select || wait == Wait::Pselect6) && family == WaitFamily::Select)
    return select_set(proc, pid, *call);
  return {};
}

}  // namespace loopstall
