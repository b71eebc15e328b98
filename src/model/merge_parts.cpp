#include "model/merge_parts.h"

#include <algorithm>
#include <iterator>

#include "model/stalls.h"

namespace loopstall::merge_parts {
namespace {

// What is added to this recording's clock and numbers.
struct Shift {
  std::uint64_t ns = 0;  // wraps around for a clock that is ahead
  std::uint32_t loops = 0, tasks = 0, requests = 0;
  std::string prefix;  // "web-1/"

  void move(std::uint64_t& at_ns) const { at_ns += at_ns ? ns : 0; }  // 0: not known, or has not happened
  void move(LoopId& id) const { id.value += loops; }
};

Shift shift_of(const Session& merged, const NamedSession& recording) {
  const SessionInfo &to = merged.info, &from = recording.session.info;
  return {.ns = from.start_realtime_ns - to.start_realtime_ns + to.start_ns - from.start_ns,
          .loops = static_cast<std::uint32_t>(merged.loops.size()),
          .tasks = static_cast<std::uint32_t>(merged.tasks.size()),
          .requests = static_cast<std::uint32_t>(merged.requests.size()),
          .prefix = recording.session.recordings.empty() ? recording.name + "/" : ""};
}

void append_recordings(Session& merged, const NamedSession& recording) {
  const auto loops = static_cast<std::uint32_t>(merged.loops.size()),
             processes = static_cast<std::uint32_t>(merged.processes.size());
  if (recording.session.recordings.empty())
    merged.recordings.push_back({recording.name, recording.session.info, loops, processes});
  for (MergedRecording part : recording.session.recordings) {
    part.first_loop += loops;
    part.first_process += processes;
    merged.recordings.push_back(std::move(part));
  }
}

void append_processes(Session& merged, std::vector<Process> processes, const Shift& shift) {
  for (Process& process : processes) {
    shift.move(process.seen_ns);
    shift.move(process.exited_ns);
    process.comm.insert(0, shift.prefix);
    merged.processes.push_back(std::move(process));
  }
}

// A loop was watched while its recording lasted, not all of the time from the first one's beginning to the last one's
// end.
void append_loops(Session& merged, Session& from, const Shift& shift) {
  const std::uint64_t end_ns = from.info.start_ns + from.info.duration_ns;
  for (Loop& loop : from.loops) {
    if (!loop.closed_ns) loop.closed_ns = end_ns;
    loop.seen_ns = std::max(loop.seen_ns, from.info.start_ns);
    shift.move(loop.id);
    shift.move(loop.seen_ns);
    shift.move(loop.closed_ns);
    loop.comm.insert(0, shift.prefix);
    loop.blocks.clear();
    for (TimelinePoint& point : loop.timeline) shift.move(point.start_ns), shift.move(point.end_ns);
    merged.loops.push_back(std::move(loop));
  }
}

Shared<Evidence> moved(const Shared<Evidence>& evidence, const Shift& shift) {
  if (evidence->samples.empty()) return evidence;
  Evidence copy = *evidence;
  for (EvidenceSample& sample : copy.samples) shift.move(sample.at_ns);
  return copy;
}

void append_stalls(Session& merged, std::vector<Stall> stalls, const Shift& shift) {
  for (Stall& stall : stalls) {
    shift.move(stall.loop);
    shift.move(stall.start_ns);
    stall.evidence = moved(stall.evidence, shift);
    keep_stall(merged, stall);
  }
  keep_worst_stacks(merged);
}

void append_groups(Session& merged, std::vector<StallGroup> groups, const Shift& shift) {
  for (StallGroup& group : groups) {
    shift.move(group.loop);
    EvidenceSample example = *group.example;
    shift.move(example.at_ns);
    group.example = std::move(example);
    merged.groups.push_back(std::move(group));
  }
}

void append_tasks(Session& merged, std::vector<Task> tasks, const Shift& shift) {
  for (Task& task : tasks) {
    task.id.value += shift.tasks;
    shift.move(task.loop);
    task.blocks.clear();
    task.blocks_dropped = true;
    for (TaskHandler& handler : task.handlers) handler.blocks.clear();
    merged.tasks.push_back(std::move(task));
  }
}

void append_requests(Session& merged, std::vector<Request> requests, const Shift& shift) {
  for (Request& request : requests) {
    request.id.value += shift.requests;
    shift.move(request.loop);
    merged.requests.push_back(std::move(request));
  }
}

void add_lost(Lost& lost, const Lost& more) {
  for (const LostKind& kind : lost_kinds()) lost.*kind.member += more.*kind.member;
}

// Memory at its peak is the largest one's.
void add_cost(Cost& cost, const Cost& more) {
  cost.bpf_hits += more.bpf_hits;
  cost.bpf_run_ns += more.bpf_run_ns;
  cost.bpf_timed_hits += more.bpf_timed_hits;
  cost.collector_cpu_ns += more.collector_cpu_ns;
  cost.collector_rss_bytes = std::max(cost.collector_rss_bytes, more.collector_rss_bytes);
  cost.map_bytes = std::max(cost.map_bytes, more.map_bytes);
}

}  // namespace

void append(Session& merged, NamedSession recording) {
  Session& from = recording.session;
  const Shift shift = shift_of(merged, recording);
  append_recordings(merged, recording);
  append_processes(merged, std::move(from.processes), shift);
  append_loops(merged, from, shift);
  append_stalls(merged, std::move(from.stalls), shift);
  append_groups(merged, std::move(from.groups), shift);
  append_tasks(merged, std::move(from.tasks), shift);
  append_requests(merged, std::move(from.requests), shift);
  add_lost(merged.lost, from.lost);
  add_cost(merged.cost, from.cost);
  for (const std::string& note : from.notes)
    merged.notes.push_back(shift.prefix.empty() ? note : recording.name + ": " + note);
}

}  // namespace loopstall::merge_parts
