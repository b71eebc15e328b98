#include "session/suspect.h"

#include <sys/syscall.h>

#include <algorithm>
#include <optional>

#include "target/sockets.h"
#include "target/wait_syscalls.h"

namespace loopstall {
namespace {

bool contains(const std::vector<int>& numbers, int n) {
  return std::find(numbers.begin(), numbers.end(), n) != numbers.end();
}

std::vector<int> epoll_fds(const ProcFs& proc, int pid) {
  std::vector<int> found;
  for (const int fd : proc.fds(pid))
    if (proc.fd(pid, fd).kind == FdKind::Epoll) found.push_back(fd);
  return found;
}

bool polls(const Waiter& waiter, int fd) {
  return std::any_of(waiter.members.begin(), waiter.members.end(), [&](const Waited& w) { return w.number == fd; });
}

bool waits_in_epoll(const std::optional<ThreadSyscall>& call, int epoll) {
  return call && !call->running && wait_family(call->nr) == WaitFamily::Epoll &&
         static_cast<int>(call->args[0]) == epoll;
}

// On a lock, as a pool's thread that has nothing to do, or in a wait of its own.
bool rests(const std::optional<ThreadSyscall>& call) {
  return call && !call->running && (call->nr == SYS_futex || wait_family(call->nr) != WaitFamily::None);
}

}  // namespace

// The costly look at all its descriptors comes last.
std::optional<int> Suspect::stuck_epoll() {
  if (!process_.from_the_start || has_confirmed_loop() || !main_thread_is_busy()) return std::nullopt;
  epolls_ = epoll_fds(search_.proc, pid_);
  const auto found = std::find_if(epolls_.begin(), epolls_.end(), [&](int epoll) { return looks_abandoned(epoll); });
  return found == epolls_.end() ? std::nullopt : std::optional(*found);
}

// The main thread's own may be the very wait that keeps it.
bool Suspect::has_confirmed_loop() const {
  const auto& loops = search_.session.loops;
  return std::any_of(loops.begin(), loops.end(),
                     [&](const Loop& l) { return l.pid == pid_ && l.confirmed && !wait_.is_of(l); });
}

bool Suspect::main_thread_is_busy() const {
  const auto call = search_.proc.syscall(pid_, pid_);
  if (!call) return false;
  return call->running || wait_family(call->nr) == WaitFamily::None || wait_.may_be_handlers();
}

bool Suspect::looks_abandoned(int epoll) const {
  const std::vector<int> members = search_.proc.epoll_members(pid_, epoll);
  return members.size() >= 2 && judge_loop(search_.proc, pid_, Wait::EpollWait, as_they_are_now(members)).confirmed &&
         !inherited(epoll, members) && !nested_in_another(epoll) && !waited_for(epoll) &&
         (!wait_.looks_like_loop() || is_servers(members));
}

// A child of a process that has died: whether it has its descriptors from there can no longer be told.
bool Suspect::is_orphan() const {
  const std::optional<ProcessInfo> info = search_.proc.process(pid_);
  const auto parent = info ? search_.proc.process(info->parent) : std::nullopt;
  return !info || (info->forked && (!parent || parent->exe != info->exe));
}

// Clients whose connections the process has accepted are served by nobody, and no other thread may be about to.
bool Suspect::is_servers(const std::vector<int>& members) const {
  if (is_orphan() || wait_.is_for(members)) return false;
  return serving(search_.proc, pid_, socket_inodes(search_.proc, pid_, members)).has_clients &&
         (wait_.is_for_connection() || other_threads_rest());
}

bool Suspect::other_threads_rest() const {
  const std::vector<int> tids = search_.proc.threads(pid_);
  return std::all_of(tids.begin(), tids.end(),
                     [&](int tid) { return tid == pid_ || rests(search_.proc.syscall(pid_, tid)); });
}

// The same number is an epoll set with the same members in the parent: forked, not opened here.
bool Suspect::inherited(int epoll, const std::vector<int>& members) const {
  const std::optional<ProcessInfo> info = search_.proc.process(pid_);
  return info && search_.proc.fd(info->parent, epoll).kind == FdKind::Epoll &&
         search_.proc.epoll_members(info->parent, epoll) == members;
}

bool Suspect::nested_in_another(int epoll) const {
  const auto holds_it = [&](int other) {
    return other != epoll && contains(search_.proc.epoll_members(pid_, other), epoll);
  };
  return std::any_of(epolls_.begin(), epolls_.end(), holds_it);
}

bool Suspect::waited_for(int epoll) const {
  for (const auto& [id, waiter] : search_.waiters)
    if (waiter.pid == pid_ && (waiter.wait_fd == epoll || polls(waiter, epoll))) return true;
  const std::vector<int> tids = search_.proc.threads(pid_);
  return std::any_of(tids.begin(), tids.end(),
                     [&](int tid) { return waits_in_epoll(search_.proc.syscall(pid_, tid), epoll); });
}

}  // namespace loopstall
