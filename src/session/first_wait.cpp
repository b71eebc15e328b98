#include "session/first_wait.h"

#include <algorithm>

#include "target/sockets.h"
#include "target/wait_syscalls.h"

namespace loopstall {
namespace {

const Loop* loop_of_main_thread(const Session& session, int pid) {
  const auto& loops = session.loops;
  const auto own = std::find_if(loops.begin(), loops.end(), [pid](const Loop& l) { return l.tid == pid; });
  return own != loops.end() && own->total.iterations == 0 && own->total.discarded == 0 ? &*own : nullptr;
}

std::vector<int> numbers(const std::vector<Waited>& members) {
  std::vector<int> found;
  for (const Waited& member : members) found.push_back(member.number);
  return found;
}

bool is_epoll(const ThreadSyscall& call) { return wait_family(call.nr) == WaitFamily::Epoll; }

// poll and ppoll alike have the number of descriptors second; select has only an upper bound.
bool is_for_one(const ThreadSyscall& call) { return wait_family(call.nr) == WaitFamily::Poll && call.args[1] == 1; }

}  // namespace

std::vector<std::uint64_t> socket_inodes(const ProcFs& proc, int pid, const std::vector<int>& descriptors) {
  std::vector<std::uint64_t> inodes;
  for (const int number : descriptors)
    if (const FdInfo fd = proc.fd(pid, number); fd.kind == FdKind::Socket) inodes.push_back(fd.inode);
  return inodes;
}

FirstWait::FirstWait(const StuckSearch& search, int pid)
    : proc_(search.proc),
      pid_(pid),
      loop_(loop_of_main_thread(search.session, pid)),
      call_(loop_ ? proc_.syscall(pid, pid) : std::nullopt) {
  if (!call_ || call_->running) return;
  if (is_epoll(*call_)) members_ = proc_.epoll_members(pid, static_cast<int>(call_->args[0]));
  const auto waiter = search.waiters.find(loop_->id);
  if (!is_epoll(*call_) && waiter != search.waiters.end()) members_ = numbers(waiter->second.members);
}

bool FirstWait::is_known() const { return !members_.empty() || is_for_one(*call_); }

// Who waits for a listening socket serves it.
bool FirstWait::may_be_handlers() const {
  if (!call_ || call_->running || !is_known()) return false;
  const WaitFamily family = wait_family(call_->nr);
  const bool has_set = family == WaitFamily::Epoll || family == WaitFamily::Poll || family == WaitFamily::Select;
  return has_set && !serving(proc_, pid_, socket_inodes(proc_, pid_, members_)).listens;
}

bool FirstWait::looks_like_loop() const { return loop_ && (loop_->confirmed || (call_ && is_epoll(*call_))); }

bool FirstWait::is_for(const std::vector<int>& descriptors) const {
  return std::find_first_of(members_.begin(), members_.end(), descriptors.begin(), descriptors.end()) != members_.end();
}

bool FirstWait::is_for_connection() const {
  const auto inodes = socket_inodes(proc_, pid_, members_);
  return std::any_of(inodes.begin(), inodes.end(), [&](std::uint64_t inode) {
    const SocketState state = socket_state(proc_, pid_, inode);
    return state.family == SocketFamily::Tcp && state.connected;
  });
}

}  // namespace loopstall
