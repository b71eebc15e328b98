#include "session/collector.h"

#include <algorithm>

#include "base/clock.h"
#include "session/code_tier.h"
#include "session/stuck.h"
#include "target/poll_set.h"

namespace loopstall {

Collector::Collector(Session& session, const ProcFs& proc, LoopControl& control, const TaskBudgetOptions& tasks,
                     IterationSink* iterations)
    : folder_(session),
      proc_(proc),
      control_(control),
      iterations_(iterations),
      processes_(proc, folder_),
      desk_(proc, folder_, session.info.threshold_ns),
      tasks_(proc, folder_, control, tasks),
      now_ns_(session.info.start_ns),
      cpu_before_ns_(process_cpu_ns()) {}

// Its CPython is looked up now: the first stall may be going on already.
const LoopTraits& Collector::add_target(int pid, int parent, std::uint64_t at_ns) {
  processes_.found_running(pid, parent, at_ns);
  const Runtime& runtime = processes_.alive().at(pid).runtime;
  if (no_evidence_.empty()) learn_process(pid, runtime.name);
  return runtime.traits;
}

void Collector::tick(std::uint64_t now_ns) {
  now_ns_ = now_ns;
  ++ticks_;
  processes_.settle(now_ns);
  folder_.session.info.duration_ns = now_ns - folder_.session.info.start_ns;
}

void Collector::look_for_stuck(std::uint64_t now_ns) {
  const SessionInfo& info = folder_.session.info;
  if (now_ns - info.start_ns < std::min(info.threshold_ns, kFirstLookNs)) return;
  presume_stuck_loops({proc_, folder_.session, processes_, waiters_, folder_, control_, presumed_});
}

void Collector::on(const Event& event) {
  if (const auto* opened = std::get_if<LoopOpened>(&event)) return open_loop(*opened);
  if (const auto* read = std::get_if<CostRead>(&event)) return take_cost(read->cost);
  if (const auto* read = std::get_if<LostRead>(&event)) return take_losses(read->lost);
  if (const auto* seen = std::get_if<StallSeen>(&event); seen && no_evidence_.empty()) desk_.stall(seen->stall);
  if (const auto* seen = std::get_if<StallSeen>(&event); seen && !no_evidence_.empty()) folder_.news.ended(seen->stall);
  if (const auto* closed = std::get_if<LoopClosed>(&event)) desk_.loop_closed(closed->loop);
  folder_.on(event);
}

void Collector::Folder::on(const Event& event) {
  apply(session, event);
  if (const auto* found = std::get_if<EvidenceFound>(&event)) on_evidence(*found);
}

void Collector::Folder::on_evidence(const EvidenceFound& found) {
  if (found.loop.value >= session.loops.size()) return;
  const Loop& loop = session.loops[found.loop.value];
  Stall stall{found.loop, loop.pid, loop.tid, found.iteration, found.start_ns, found.busy_ns};
  stall.evidence = found.evidence;
  news.ended(stall);
}

void Collector::take_cost(Cost cost) {
  cost.collector_cpu_ns -= std::min(cost.collector_cpu_ns, cpu_before_ns_);
  folder_.on(CostRead{cost});
}

void Collector::take_losses(Lost lost) {
  const EvidenceLosses losses = desk_.losses();
  lost.samples_lost += desk_.dropped();
  lost.step_records += desk_.steps_dropped();
  lost.stacks_truncated = losses.stacks_truncated;
  lost.stacks_incomplete = losses.stacks_incomplete;
  lost.frames_unnamed = losses.frames_unnamed;
  lost.python_failed = losses.python_failed;
  folder_.on(LostRead{lost});
}

void Collector::on_exec(int pid, std::uint64_t at_ns) {
  processes_.execed(pid, at_ns);
  forget_code(pid);
}

void Collector::on_exit(int pid, std::uint64_t at_ns) {
  desk_.settle(true);
  processes_.exited(pid, at_ns);
  forget_code(pid);
}

void Collector::forget_code(int pid) {
  desk_.process_ended(pid);
  tasks_.process_ended(pid);
  control_.set_python(pid, std::nullopt);
  code_known_.erase(pid);
}

void Collector::on_sample(RawSample sample) {
  const LoopId loop = sample.loop;
  if (const std::uint64_t end = desk_.take(std::move(sample))) control_.set_stack_end(loop, end);
}

void Collector::on_task(const RawTask& task) { tasks_.name(task); }
void Collector::on_step(const RawStep& step) {
  if (tasks_.has_handlers(step.task)) desk_.step(step);
}

void Collector::update_tasks(std::uint64_t now_ns) {
  for (const int pid : tasks_.update(now_ns))
    for (const Loop& loop : folder_.session.loops)
      if (loop.pid == pid && loop.tid && loop.confirmed && !loop.closed_ns) tell_tier(loop.id, pid);
}

void Collector::begin_ongoing() {
  const auto ongoing = folder_.session.ongoing;
  for (const OngoingStall& stall : ongoing) folder_.on(OngoingStall{stall.loop});
}

void Collector::on_ongoing(Stall stall, std::optional<RawSample> asleep) {
  std::vector<RawSample> more;
  if (asleep) more.push_back(std::move(*asleep));
  stall.evidence = desk_.so_far(stall, std::move(more));
  folder_.on(OngoingStall{stall.loop, stall.start_ns, stall.busy_ns, *stall.evidence, stall.before_attach});
  folder_.news.goes_on(stall);
}

// What stacks of this process' loops can show. A Python that has only just started is found at its next loop or tick.
void Collector::learn_code(LoopId loop, int pid, const std::string& runtime) {
  if (no_evidence_.empty()) learn_process(pid, runtime);
  tell_tier(loop, pid);
}

void Collector::learn_process(int pid, const std::string& runtime) {
  const auto [known, first] = code_known_.try_emplace(pid);
  Code& code = known->second;
  if (code.python) return;
  CodeTier reached = code_tier(proc_, pid, runtime);
  code.why = reached.why;
  if (!first && !reached.python) return;
  code.python = reached.python;
  desk_.process_started(pid, reached.python);
  control_.set_python(pid, reached.python);
}

void Collector::tell_tier(LoopId loop, int pid) {
  if (!no_evidence_.empty()) return folder_.on(TierReached{loop, Tier::Iterations, no_evidence_});
  const TaskTier::Reached tasks = tasks_.reached(pid);
  if (tasks.tasks) return folder_.on(TierReached{loop, Tier::Tasks, tasks.why});
  const std::string& why = code_known_[pid].why;
  folder_.on(TierReached{loop, Tier::Stacks, why.empty() ? tasks.why : why});
}

// Capture knows the thread; what program it runs stands in /proc.
void Collector::open_loop(LoopOpened loop) {
  const Runtime& runtime = processes_.loop_opened(loop.pid, loop.at_ns);
  if (loop.comm.empty()) loop.comm = proc_.thread_comm(loop.pid, loop.tid);
  loop.runtime = runtime.name;
  control_.set_traits(loop.loop, runtime.traits);
  folder_.on(loop);
  learn_code(loop.loop, loop.pid, loop.runtime);
}

void Collector::on_loop(LoopId loop, int pid, int tid, Wait wait, int wait_fd, const std::vector<Waited>& members) {
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

// The kernel side notes no more than two of its members, and those only when it is waited for.
void Collector::look_at_epoll(Waiter& waiter) const {
  const std::vector<int> members = proc_.epoll_members(waiter.pid, waiter.wait_fd);
  if (!members.empty()) waiter.members = as_they_are_now(members);
}

void Collector::judge(LoopId loop, Waiter& waiter) {
  const bool epoll =
      waiter.wait == Wait::EpollWait || waiter.wait == Wait::EpollPwait || waiter.wait == Wait::EpollPwait2;
  if (epoll && waiter.members.size() < 2) look_at_epoll(waiter);
  if (waiter.members.empty())
    waiter.members = as_they_are_now(sleeping_poll_set(proc_, waiter.pid, waiter.tid, waiter.wait));
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
  learn_code(loop, waiter.pid, runtime.name);
  const auto code = code_known_.find(waiter.pid);
  if (code == code_known_.end() || !code->second.python) return;
  tasks_.loop_confirmed(waiter.pid, *code->second.python, now_ns_);
  tell_tier(loop, waiter.pid);
}

}  // namespace loopstall
