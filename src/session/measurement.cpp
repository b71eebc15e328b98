#include "session/measurement.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>

#include "base/clock.h"
#include "base/units.h"
#include "session/file_limit.h"
#include "session/pidfd.h"

namespace loopstall {
namespace {

constexpr int kRoundsOfForks = 5;

SessionInfo begin_info(const SessionOptions& options) {
  utsname name{};
  uname(&name);
  SessionInfo info;
  info.version = LOOPSTALL_VERSION;
  info.kernel = name.release;
  info.machine = name.machine;
  info.start_realtime_ns = realtime_ns();
  info.start_ns = monotonic_ns();
  info.threshold_ns = options.threshold_ns;
  return info;
}

}  // namespace

void Measurement::Control::set_traits(LoopId loop, const LoopTraits& traits) {
  capture.set_traits(loop, {traits.zero_then_blocking_is_one_wait, traits.futex_sleep_ends_iteration,
                            traits.reads_ahead_of_the_work, traits.reenters, traits.wait_frame_bytes});
}

void Measurement::Control::set_python(int pid, const std::optional<PythonLayout>& python) {
  if (!python) return capture.forget_python(pid);
  const PythonOffsets& o = python->offsets;
  static_cast<void>(capture.set_python(
      pid, {python->interpreters, python->code_type, python->gil,   o.interp_next,      o.interp_threads, o.interp_gil,
            o.thread_next,        o.thread_interp,   o.thread_id,   o.thread_native_id, o.thread_frame,   o.has_cframe,
            o.cframe_frame,       o.frame_begin,     o.frame_bytes, o.frame_previous,   o.frame_code,     o.frame_instr,
            o.frame_owner,        o.owner_shim,      o.lasti_unit,  o.code_bytes,       o.code_filename,  o.code_name,
            o.code_linetable,     o.code_first_line, o.code_start}));
}

// With what both do to the caches, which no clock shows: where they show 1.35 us a step uvicorn is slower by 2.4
// (docs/overhead.md).
TaskControl::Cost Measurement::Control::task_cost(int pid) const {
  constexpr std::uint64_t kFeltPercent = 180;
  const Capture::TaskCost cost = capture.task_cost(pid);
  return {cost.hits, (cost.trap_ns + cost.program_ns) * kFeltPercent / 100, cost.opened_ns, cost.end_is_felt};
}

Result<std::unique_ptr<Measurement>> Measurement::open(const SessionOptions& options) {
  std::optional<TraceFile> trace;
  if (!options.trace_file.empty()) {
    auto file = TraceFile::create(options.trace_file);
    if (!file) return tl::unexpected(file.error());
    trace = std::move(*file);
  }
  raise_file_limit();
  auto capture =
      Capture::open({options.threshold_ns, options.follow, trace.has_value(), options.evidence_after_ns,
                     options.tasks.mode != TasksMode::Off, options.queue_delay, options.requests, options.loops});
  if (!capture) return tl::unexpected(explain_file_limit(capture.error()));
  return std::unique_ptr<Measurement>(new Measurement(std::move(*capture), options, std::move(trace)));
}

Measurement::Measurement(Capture capture, const SessionOptions& options, std::optional<TraceFile> trace)
    : options_(options),
      capture_(std::move(capture)),
      trace_(std::move(trace)),
      session_{begin_info(options), {}, {}, {}, {}, {}, {}},
      collector_(session_, proc_, control_, options.tasks, trace_ ? &*trace_ : nullptr) {
  collector_.set_no_evidence(capture_.no_evidence());
  if (options.queue_delay && !capture_.no_queue_delay().empty())
    note("Queue delay: " + capture_.no_queue_delay() + ".");
  if (options.requests && !capture_.no_requests().empty()) note("Requests: " + capture_.no_requests() + ".");
}

// A process that forks between our look at /proc and our watching it has a child that nobody follows: look again
// until there is nothing new.
Result<> Measurement::add_targets(const TargetSet& first, const std::vector<std::string>& names) {
  session_.info.target = first.description;
  Result<TargetSet> set = first;
  for (int round = 0; round < kRoundsOfForks && set; ++round) {
    const auto any_new = add_new(*set);
    if (!any_new) return tl::unexpected(any_new.error());
    if (!*any_new || !options_.follow) break;
    set = resolve_targets(proc_, names, true);
  }
  auto seeded = capture_.seed_threads();
  capture_.drain(
      collector_);  // before anything happens in these loops the kernel side must know their runtimes' traits
  return seeded;
}

// A target may have ended meanwhile; only if all have, and nobody makes others, there is nothing to measure. A spawner
// whose workers have all ended looks as if it served the port itself.
Result<bool> Measurement::add_new(const TargetSet& set) {
  bool any = false;
  Error last;
  for (const ProcessInfo& spawner : set.spawners) any = add_spawner(spawner.pid) || any;
  for (const ProcessInfo& process : set.processes) {
    if (added_.contains(process.pid) || spawners_.contains(process.pid)) continue;
    const Result<> added = add_process(process.pid, added_.contains(process.parent) ? process.parent : 0);
    any = any || added;
    if (!added) last = added.error();
  }
  if (added_.empty() && spawners_.empty()) return tl::unexpected(last);
  return any;
}

Result<> Measurement::add_process(int pid, int parent) {
  if (!open_pidfd(pid)) return cannot_measure(fmt::format("process {} is gone", pid));
  const LoopTraits& traits = collector_.add_target(pid, parent, monotonic_ns());
  if (auto added = capture_.add_process(pid, traits.wait_frame_bytes); !added) return added;
  added_.insert(pid);
  watch(pid);
  return {};
}

bool Measurement::add_spawner(int pid) {
  if (!options_.follow || added_.contains(pid) || spawners_.contains(pid)) return false;
  Fd end = open_pidfd(pid);
  if (!end || !capture_.follow_children_of(pid)) return false;
  spawners_.insert(pid);
  watched_.push_back({pid, std::move(end)});
  return true;
}

void Measurement::watch(int pid) {
  if (Fd end = open_pidfd(pid)) watched_.push_back({pid, std::move(end), false});
}

Result<> Measurement::add_command(const Command& command, std::string name) {
  session_.info.target = std::move(name);
  return capture_.add_process(command.pid());
}

void Measurement::command_started(const Command& command) {
  watch(command.pid());
  collector_.add_command(command.pid(), session_.info.start_ns);
}

void Measurement::begin() {
  session_.info.start_realtime_ns = realtime_ns();
  session_.info.start_ns = monotonic_ns();
}

void Measurement::note(std::string text) { collector_.on(Note{std::move(text)}); }

}  // namespace loopstall
