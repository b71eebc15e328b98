#include "session/suspect.h"

#include <algorithm>
#include <optional>

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

// poll and ppoll alike have the number of descriptors second; select has only an upper bound.
bool waits_for_one(const ThreadSyscall& call) { return wait_family(call.nr) == WaitFamily::Poll && call.args[1] == 1; }

bool waits_in_epoll(const std::optional<ThreadSyscall>& call, int epoll) {
  return call && !call->running && wait_family(call->nr) == WaitFamily::Epoll &&
         static_cast<int>(call->args[0]) == epoll;
}

}  // namespace

// The costly look at all its descriptors comes last.
std::optional<int> Suspect::stuck_epoll() {
  if (!process_.from_the_start || has_confirmed_loop() || !main_thread_is_busy()) return std::nullopt;
  epolls_ = epoll_fds(search_.proc, pid_);
  const auto found = std::find_if(epolls_.begin(), epolls_.end(), [&](int epoll) { return looks_abandoned(epoll); });
  return found == epolls_.end() ? std::nullopt : std::optional(*found);
}

bool Suspect::has_confirmed_loop() const {
  const auto& loops = search_.session.loops;
  return std::any_of(loops.begin(), loops.end(), [&](const Loop& l) { return l.pid == pid_ && l.confirmed; });
}

bool Suspect::main_thread_is_busy() const {
  const auto call = search_.proc.syscall(pid_, pid_);
  if (!call) return false;
  if (call->running) return true;
  const WaitFamily family = wait_family(call->nr);
  const bool is_set = family == WaitFamily::Poll || family == WaitFamily::Select;
  return family == WaitFamily::None || (is_set && in_one_nested_wait(*call));
}

// The main thread's poll or select has not returned since the session began.
bool Suspect::in_one_nested_wait(const ThreadSyscall& call) const {
  const auto& loops = search_.session.loops;
  const auto own = std::find_if(loops.begin(), loops.end(), [&](const Loop& l) { return l.tid == pid_; });
  return own != loops.end() && own->total.iterations == 0 && own->total.discarded == 0 && set_is_harmless(call);
}

// Over one descriptor, as a synchronous client does; or capture knows over which, and waited_for() looks at them.
bool Suspect::set_is_harmless(const ThreadSyscall& call) const {
  const auto known = [&](const auto& entry) { return entry.second.tid == pid_ && !entry.second.members.empty(); };
  return waits_for_one(call) || std::any_of(search_.waiters.begin(), search_.waiters.end(), known);
}

bool Suspect::looks_abandoned(int epoll) const {
  const std::vector<int> members = search_.proc.epoll_members(pid_, epoll);
  return members.size() >= 2 && judge_loop(search_.proc, pid_, Wait::EpollWait, as_they_are_now(members)).confirmed &&
         !inherited(epoll, members) && !nested_in_another(epoll) && !waited_for(epoll);
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
