#include "session/collector.h"

#include <algorithm>

#include "base/clock.h"
#include "session/stuck.h"
#include "target/poll_set.h"

namespace loopstall {

Collector::Collector(Session& session, const ProcFs& proc, LoopControl& control, IterationSink* iterations)
    : folder_(session),
      proc_(proc),
      control_(control),
      iterations_(iterations),
      processes_(proc, folder_),
      now_ns_(session.info.start_ns),
      cpu_before_ns_(process_cpu_ns()) {}

void Collector::tick(std::uint64_t now_ns) {
  now_ns_ = now_ns;
  ++ticks_;
  processes_.settle(now_ns);
  folder_.session.info.duration_ns = now_ns - folder_.session.info.start_ns;
}

void Collector::finish(std::uint64_t now_ns) {
  tick(now_ns);
  presume_stuck_loops({proc_, folder_.session, processes_, waiters_, folder_});
}

void Collector::on(const Event& event) {
  if (const auto* opened = std::get_if<LoopOpened>(&event)) return open_loop(*opened);
  if (const auto* read = std::get_if<CostRead>(&event)) return take_cost(read->cost);
  folder_.on(event);
}

void Collector::take_cost(Cost cost) {
  cost.collector_cpu_ns -= std::min(cost.collector_cpu_ns, cpu_before_ns_);
  folder_.on(CostRead{cost});
}

// Capture knows the thread; what program it runs stands in /proc.
void Collector::open_loop(LoopOpened loop) {
  const Runtime& runtime = processes_.loop_opened(loop.pid, loop.at_ns);
  if (loop.comm.empty()) loop.comm = proc_.thread_comm(loop.pid, loop.tid);
  loop.runtime = runtime.name;
  control_.set_traits(loop.loop, runtime.traits);
  folder_.on(loop);
}

void Collector::on_loop(LoopId loop, int pid, int tid, Wait wait, int wait_fd, const std::vector<int>& members) {
  const auto [found, added] = waiters_.try_emplace(loop);
  Waiter& waiter = found->second;
  if (added) ++unconfirmed_;
  if (waiter.verdict.confirmed) return;
  waiter = {pid, tid, wait, wait_fd, members, waiter.judged, waiter.verdict};
  if (is_due(loop, waiter)) judge(loop, waiter);
}

void Collector::on_iteration(LoopId loop, std::uint64_t start_ns, std::uint64_t end_ns, std::uint64_t runqueue_ns) {
  if (iterations_) iterations_->on_iteration(loop, start_ns, end_ns, runqueue_ns);
}

bool Collector::is_due(LoopId loop, const Waiter& waiter) const {
  const std::size_t turns = 1 + unconfirmed_ / kJudgedPerTick;
  return last_round_ || !waiter.judged || loop.value % turns == ticks_ % turns;
}

void Collector::judge(LoopId loop, Waiter& waiter) {
  const bool epoll =
      waiter.wait == Wait::EpollWait || waiter.wait == Wait::EpollPwait || waiter.wait == Wait::EpollPwait2;
  if (epoll) waiter.members = proc_.epoll_members(waiter.pid, waiter.wait_fd);
  if (waiter.members.empty()) waiter.members = sleeping_poll_set(proc_, waiter.pid, waiter.tid, waiter.wait);
  const Verdict verdict = judge_loop(proc_, waiter.pid, waiter.wait, waiter.members);
  const bool news =
      !waiter.judged || verdict.confirmed != waiter.verdict.confirmed || verdict.reason != waiter.verdict.reason;
  waiter.judged = true;
  waiter.verdict = verdict;
  if (news) folder_.on(LoopConfirmed{loop, verdict.confirmed, verdict.reason});
  if (verdict.confirmed) confirm(loop, waiter);
}

// Between a loop's first wait and its confirmation libraries may have been loaded (uvloop comes late).
void Collector::confirm(LoopId loop, const Waiter& waiter) {
  --unconfirmed_;
  const Runtime& runtime = processes_.loop_confirmed(waiter.pid, now_ns_);
  control_.set_traits(loop, runtime.traits);
  control_.set_confirmed(loop);
  const std::string comm = proc_.thread_comm(waiter.pid, waiter.tid);
  folder_.on(LoopOpened{loop, waiter.pid, waiter.tid, now_ns_, comm, waiter.wait, runtime.name});
}

}  // namespace loopstall
