#include "session/stuck.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "session/suspect.h"

namespace loopstall {
namespace {

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
    if (Suspect(search, pid, process).is_stuck()) report_stuck(search, pid, process);
}

}  // namespace loopstall
