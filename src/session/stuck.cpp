#include "session/stuck.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/units.h"
#include "session/wait_syscalls.h"

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

// One process under suspicion.
struct Suspect {
  const StuckSearch& search;
  int pid;
  const Followed& process;
  std::vector<int> epolls = {};

  bool has_confirmed_loop() const {
    const auto& loops = search.session.loops;
    return std::any_of(loops.begin(), loops.end(), [&](const Loop& l) { return l.pid == pid && l.confirmed; });
  }

  // The same number is an epoll set with the same members in the parent: forked, not opened here.
  bool inherited(int epoll, const std::vector<int>& members) const {
    const std::optional<ProcessInfo> info = search.proc.process(pid);
    return info && search.proc.fd(info->parent, epoll).kind == FdKind::Epoll &&
           search.proc.epoll_members(info->parent, epoll) == members;
  }

  bool waited_for(int epoll) const {
    for (const auto& [id, waiter] : search.waiters)
      if (waiter.pid == pid && (waiter.wait_fd == epoll || contains(waiter.members, epoll))) return true;
    for (const int tid : search.proc.threads(pid)) {
      const auto call = search.proc.syscall(pid, tid);
      if (call && !call->running && wait_family(call->nr) == WaitFamily::Epoll &&
          static_cast<int>(call->args[0]) == epoll)
        return true;
    }
    return false;
  }

  bool nested_in_another(int epoll) const {
    return std::any_of(epolls.begin(), epolls.end(), [&](int other) {
      return other != epoll && contains(search.proc.epoll_members(pid, other), epoll);
    });
  }

  bool looks_abandoned(int epoll) const {
    const std::vector<int> members = search.proc.epoll_members(pid, epoll);
    return members.size() >= 2 && judge_loop(search.proc, pid, Wait::EpollWait, members).confirmed &&
           !inherited(epoll, members) && !nested_in_another(epoll) && !waited_for(epoll);
  }

  // The main thread's poll or select has not returned since the session began.
  bool in_one_nested_wait() const {
    const auto& loops = search.session.loops;
    const auto own = std::find_if(loops.begin(), loops.end(), [&](const Loop& l) { return l.tid == pid; });
    return own != loops.end() && own->total.iterations == 0 && own->total.discarded == 0;
  }

  bool main_thread_is_busy() const {
    const auto call = search.proc.syscall(pid, pid);
    if (!call) return false;
    if (call->running) return true;
    const WaitFamily family = wait_family(call->nr);
    return family == WaitFamily::None || (family == WaitFamily::Set && in_one_nested_wait());
  }

  // The costly look at all its descriptors comes last.
  bool is_stuck() {
    if (!process.from_the_start || has_confirmed_loop() || !main_thread_is_busy()) return false;
    epolls = epoll_fds(search.proc, pid);
    return std::any_of(epolls.begin(), epolls.end(), [&](int epoll) { return looks_abandoned(epoll); });
  }
};

// What the main thread did meanwhile, as far as the scheduler's own counters tell.
Split split_since_start(const ProcFs& proc, int pid, const Followed& process, std::uint64_t busy_ns) {
  const auto now = thread_times(proc, pid, pid);
  if (!now || !process.main_thread_at_start) return {};
  Split split;
  split.cpu_ns = std::min(busy_ns, now->cpu_ns - process.main_thread_at_start->cpu_ns);
  split.runqueue_ns = std::min(busy_ns - split.cpu_ns, now->runqueue_ns - process.main_thread_at_start->runqueue_ns);
  split.blocked_ns = busy_ns - split.cpu_ns - split.runqueue_ns;
  return split;
}

Stall stall_of(const StuckSearch& search, LoopId loop, int pid, const Followed& process) {
  const SessionInfo& info = search.session.info;
  Stall stall{loop, pid, pid, 0, info.start_ns, info.duration_ns, {}, true, true};
  stall.split = split_since_start(search.proc, pid, process, stall.busy_ns);
  return stall;
}

// Its time so far is busy time, as that of any stall still going on at the session's end.
LoopSample sample_of(const Stall& stall) {
  LoopSample sample;
  sample.loop = stall.loop;
  sample.at_ns = stall.start_ns + stall.busy_ns;
  sample.delta.stalls = 1;
  sample.delta.busy_ns = stall.busy_ns;
  sample.delta.split = stall.split;
  return sample;
}

std::string note_of(const Stall& stall, const std::string& comm) {
  return fmt::format(
      "process {} ({}) never waited for events while it was measured ({}): its main thread is presumed to be an event "
      "loop that was stuck before loopstall attached",
      stall.pid, comm, format_duration(stall.busy_ns));
}

void report_stuck(const StuckSearch& search, int pid, const Followed& process) {
  const LoopId loop{static_cast<std::uint32_t>(search.session.loops.size())};
  const Stall stall = stall_of(search, loop, pid, process);
  const ProcessSeen& told = process.last_told;
  search.sink.on(LoopOpened{loop, pid, pid, stall.start_ns, told.comm, Wait::EpollWait, told.runtime});
  search.sink.on(LoopConfirmed{loop, true, ""});
  search.sink.on(sample_of(stall));
  search.sink.on(StallSeen{stall});
  search.sink.on(Note{note_of(stall, told.comm)});
}

}  // namespace

void presume_stuck_loops(const StuckSearch& search) {
  if (search.session.info.duration_ns < search.session.info.threshold_ns) return;
  for (const auto& [pid, process] : search.processes.alive())
    if (Suspect{search, pid, process}.is_stuck()) report_stuck(search, pid, process);
}

}  // namespace loopstall
