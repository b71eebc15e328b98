#include "model/values.h"

#include <cmath>

#include "model/names.h"

namespace loopstall {
namespace {

constexpr std::array<std::string_view, 3> kTierNames{"iterations", "stacks", "tasks"};
constexpr std::array<std::string_view, 9> kWaitNames{"unknown", "epoll_wait", "epoll_pwait", "epoll_pwait2",  "poll",
                                                     "ppoll",   "select",     "pselect6",    "io_uring_enter"};

}  // namespace

Split& Split::operator+=(const Split& o) {
  cpu_ns += o.cpu_ns;
  blocked_ns += o.blocked_ns;
  runqueue_ns += o.runqueue_ns;
  user_samples += o.user_samples;
  kernel_samples += o.kernel_samples;
  return *this;
}

Split& Split::operator-=(const Split& o) {
  cpu_ns -= o.cpu_ns;
  blocked_ns -= o.blocked_ns;
  runqueue_ns -= o.runqueue_ns;
  user_samples -= o.user_samples;
  kernel_samples -= o.kernel_samples;
  return *this;
}

std::uint64_t Split::user_ns() const {
  const std::uint64_t samples = user_samples + kernel_samples;
  if (!samples) return 0;
  const double share = static_cast<double>(user_samples) / static_cast<double>(samples);
  return static_cast<std::uint64_t>(std::llround(static_cast<double>(cpu_ns) * share));
}

// The rest, so that the two always add up to the CPU time.
std::uint64_t Split::kernel_ns() const { return user_samples + kernel_samples ? cpu_ns - user_ns() : 0; }

LoopCounters& LoopCounters::operator+=(const LoopCounters& o) {
  iterations += o.iterations;
  busy_ns += o.busy_ns;
  idle_ns += o.idle_ns;
  events += o.events;
  stalls += o.stalls;
  discarded += o.discarded;
  split += o.split;
  return *this;
}

LoopCounters& LoopCounters::operator-=(const LoopCounters& o) {
  iterations -= o.iterations;
  busy_ns -= o.busy_ns;
  idle_ns -= o.idle_ns;
  events -= o.events;
  stalls -= o.stalls;
  discarded -= o.discarded;
  split -= o.split;
  return *this;
}

std::string_view tier_name(Tier tier) { return name_in(kTierNames, tier); }
Tier tier_from_name(std::string_view name) { return from_name<Tier>(kTierNames, name); }

std::string_view wait_name(Wait wait) { return name_in(kWaitNames, wait); }
Wait wait_from_name(std::string_view name) { return from_name<Wait>(kWaitNames, name); }

const std::array<LostKind, 21>& lost_kinds() {
  static const std::array<LostKind, 21> kinds{{
      {"stall_events", "Stalls that are counted but not listed: their record did not fit the ring buffer.",
       &Lost::stall_events},
      {"stalls_not_kept", "Stalls that are counted but not listed: only the worst are kept.", &Lost::stalls_not_kept},
      {"loops", "Loop threads that were not measured: more than there is room for.", &Lost::loops},
      {"threads", "Threads that were not watched: the kernel had no memory for their state.", &Lost::threads},
      {"storage_misses",
       "Loop waits or context switches that were not seen because a thread's state was busy; the iteration they "
       "belong to may be joined to the next one or have a wrong split.",
       &Lost::storage_misses},
      {"programs_skipped",
       "Runs of a BPF program that the kernel skipped because it was already running on that CPU; boundaries or "
       "context switches may be missing.",
       &Lost::programs_skipped},
      {"trace_events", "Iterations that are counted but missing in the full trace (a test mode).", &Lost::trace_events},
      {"split_incomplete",
       "Iterations whose CPU time is not measured but what was left after sleep and run queue: they ended before a "
       "first context switch gave the thread's CPU clock.",
       &Lost::split_incomplete},
      {"samples_lost", "Looks at a loop thread that did not fit the ring buffer: a stall has less evidence, or none.",
       &Lost::samples_lost},
      {"samples_withheld",
       "Looks at a loop thread that were not taken, because the budget for them was used up: a stall has less "
       "evidence, or none.",
       &Lost::samples_withheld},
      {"stacks_truncated", "Stacks that were deeper than what is copied of them: their outer frames are missing.",
       &Lost::stacks_truncated},
      {"stacks_incomplete", "Stacks that could not be followed to their end.", &Lost::stacks_incomplete},
      {"frames_unnamed", "Frames of a stack for which no symbol was found: they show as module and address.",
       &Lost::frames_unnamed},
      {"python_failed", "Python stacks that could not be read; their native frames are shown instead.",
       &Lost::python_failed},
      {"evidence_dropped",
       "Stalls whose stacks are not kept, only culprit and cause: the worst ones keep theirs, as far as there is room.",
       &Lost::evidence_dropped},
      {"tasks_other",
       "Task steps that are counted together as \"other\": there were more different tasks than there is room for.",
       &Lost::tasks_other},
      {"task_buckets",
       "Task steps that are counted, but missing in their task's percentiles: there was no room for more of their "
       "different lengths.",
       &Lost::task_buckets},
      {"steps_discarded",
       "Task steps that are not counted: their loop ended, or counting stopped, while they were going on.",
       &Lost::steps_discarded},
      {"step_records",
       "Long task steps that are counted, but whose record did not fit the ring buffer: their handler is not told.",
       &Lost::step_records},
      {"handlers_not_kept",
       "Task steps that are counted under their coroutine alone: it ran more different handlers than there is room "
       "for.",
       &Lost::handlers_not_kept},
      {"sockets",
       "Sockets whose queue delay was not measured: the kernel had no memory for their state. Datagrams beyond the 64 "
       "that "
       "wait on one socket count here as well.",
       &Lost::sockets},
  }};
  return kinds;
}

}  // namespace loopstall
