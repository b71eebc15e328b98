#include "check/measured.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>

#include "base/path.h"
#include "base/units.h"
#include "check/taken.h"
#include "model/culprit.h"
#include "model/telling_sample.h"

namespace loopstall::check {
namespace {

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }

// The hypervisor's word is in ticks of 10 ms. One that never admits anything says nothing.
std::uint64_t most_taken(std::optional<std::uint64_t> stolen_ns) {
  return stolen_ns.value_or(0) ? *stolen_ns + 10 * kMillisecond : std::numeric_limits<std::uint64_t>::max();
}

// Sessions -> Measured, one session at a time.
class Folder {
 public:
  Folder(std::uint64_t threshold_ns, const std::vector<Ignore>& ignores, std::uint64_t taken_at_most_ns)
      : ignores_(ignores), taken_at_most_ns_(taken_at_most_ns) {
    measured_.threshold_ns = threshold_ns;
  }

  void add(const Session& session) {
    const Summary summary = summarize(session);
    measured_.evidence_ns = std::max(measured_.evidence_ns, session.info.threshold_ns);
    measured_.duration_ns += session.info.duration_ns;
    if (!measured_.runs) measured_.start_realtime_ns = session.info.start_realtime_ns;
    add_loops(summary);
    add_stalls(summary);
    for (const TaskSummary& row : summary.tasks) measured_.tasks.push_back({measured_.runs, row});
    for (const RequestSummary& row : summary.requests) measured_.requests.push_back({measured_.runs, row});
    measured_.request_reads += summary.request_reads;
    add_losses(summary);
    ++measured_.runs;
  }

  Measured take() {
    for (Offender& offender : measured_.offenders) offender.ignored = ignored(offender);
    std::stable_sort(measured_.stalls.begin(), measured_.stalls.end(),
                     [](const MeasuredStall& a, const MeasuredStall& b) { return a.own_ns > b.own_ns; });
    return std::move(measured_);
  }

 private:
  void add_loops(const Summary& summary) {
    loops_.clear();
    for (const LoopSummary& loop : summary.loops) {
      loops_[loop.loop.id] = measured_.loops.size();
      measured_.loops.push_back({measured_.runs, loop.loop, loop.utilization});
      const LoopCounters& total = loop.loop.total;
      measured_.iterations += total.iterations;
      measured_.busy_ns += total.busy_ns;
      measured_.runqueue_ns += total.split.runqueue_ns;
    }
  }

  void add_stalls(const Summary& summary) {
    for (const Stall& stall : summary.stalls) add_stall(summary, stall);
    measured_.stalls_not_kept += less(summary.stalls_total, summary.stalls.size());
  }

  // What a crowded machine stretched beyond the threshold is no stall of the loop's own.
  void add_stall(const Summary& summary, const Stall& stall) {
    MeasuredStall& row = measured_.stalls.emplace_back();
    row.loop = loops_.at(stall.loop);
    row.busy_ns = stall.busy_ns;
    row.booked_own_ns = less(stall.busy_ns, stall.split.runqueue_ns);
    row.taken_ns = std::min({row.booked_own_ns, taken_at_most_ns_,
                             taken_by_machine(stall, measured_.loops[row.loop].loop.total, summary.info.threshold_ns)});
    row.own_ns = row.booked_own_ns - row.taken_ns;
    row.blocked_ns = stall.split.blocked_ns;
    measured_.taken_ns += row.taken_ns;
    if (row.own_ns < summary.info.threshold_ns) return;
    row.look_lost = lost_look(*stall.evidence);
    if (stall.evidence->culprit.known()) row.offender = blame(stall, row);
  }

  static bool lost_look(const Evidence& evidence) {
    const Unnamed why = evidence.culprit.unnamed;
    return !evidence.culprit.known() && (why == Unnamed::NoLook || why == Unnamed::Withheld);
  }

  std::size_t blame(const Stall& stall, const MeasuredStall& row) {
    const Evidence& evidence = *stall.evidence;
    const Cause cause = dominant_cause(evidence);
    const auto key = std::tuple(identity_of(evidence.culprit.named()), cause.kind, evidence.culprit.held_gil);
    const auto [place, is_new] = offenders_.try_emplace(key, measured_.offenders.size());
    if (is_new) measured_.offenders.emplace_back();
    Offender& offender = measured_.offenders[place->second];
    offender.stalls.push_back({measured_.runs, row.loop, row.own_ns, row.busy_ns});
    show(offender, stall, row, cause);
    return place->second;
  }

  // The worst one stands for all; of a milder one only the stack, as long as there is none.
  void show(Offender& offender, const Stall& stall, const MeasuredStall& row, const Cause& cause) {
    const Evidence& evidence = *stall.evidence;
    const std::string& runtime = measured_.loops[row.loop].loop.runtime;
    offender.worst_busy_ns = std::max(offender.worst_busy_ns, row.busy_ns);
    const EvidenceSample* look = telling_sample(evidence);
    if (offender.stack.empty() && look) offender.stack = evidence.culprit.held_gil ? look->holder : look->stack;
    if (auto advice = diagnose(evidence, runtime); advice && !offender.advice) offender.advice = std::move(advice);
    if (row.own_ns <= offender.worst_own_ns) return;
    offender.culprit = evidence.culprit;
    offender.cause = cause;
    offender.worst_own_ns = row.own_ns;
  }

  const Ignore* ignored(const Offender& offender) const {
    const auto found = std::find_if(ignores_.begin(), ignores_.end(),
                                    [&](const Ignore& ignore) { return matches(ignore.where, offender); });
    return found == ignores_.end() ? nullptr : &*found;
  }

  void add_losses(const Summary& summary) {
    const Lost& lost = summary.lost;
    measured_.boundaries_lost += lost.loops + lost.threads + lost.storage_misses + lost.programs_skipped;
    for (const LostKind& kind : lost_kinds())
      if (summary.lost.*kind.member)
        measured_.losses.push_back(fmt::format("{} {}", format_count(summary.lost.*kind.member), kind.text));
    for (const std::string& note : summary.notes)
      if (std::find(measured_.notes.begin(), measured_.notes.end(), note) == measured_.notes.end())
        measured_.notes.push_back(note);
  }

  const std::vector<Ignore>& ignores_;
  const std::uint64_t taken_at_most_ns_;
  Measured measured_;
  std::map<LoopId, std::size_t> loops_;
  std::map<std::tuple<std::string, CauseKind, bool>, std::size_t> offenders_;
};

bool selects(const Selector& selector, std::string_view value) {
  return selector.pattern.matches(value) != selector.negated;
}

bool selects_cause(const Selector& selector, CauseKind kind) {
  const bool stands_for_blocking = selector.pattern.is_word("syscall") || selector.pattern.is_word("blocking_call");
  if (!stands_for_blocking) return selects(selector, cause_name(kind));
  return is_blocking(kind) != selector.negated;
}

bool selects(const Selector& selector, const Offender& offender) {
  const Culprit& culprit = offender.culprit;
  if (selector.key == "cause") return selects_cause(selector, offender.cause.kind);
  if (selector.key == "syscall") return selects(selector, offender.cause.syscall);
  if (selector.key == "object") return selects(selector, offender.cause.object);
  if (selector.key == "handler") return selects(selector, culprit.handler.function);
  if (selector.key == "advice") return selects(selector, offender.advice ? offender.advice->id : "");
  const Frame& frame = culprit.named();
  return selects(selector, selector.key == "file" ? frame.file.empty() ? frame.module : frame.file : frame.function);
}

// A task without a handler of its own is its own handler if it is the user's code.
const std::string& handler_name(const TaskSummary& row) {
  static const std::string none;
  if (!row.handler.name.empty()) return row.handler.name;
  return row.task.role == FrameRole::User ? row.task.source.name : none;
}

bool selects(const Selector& selector, const MeasuredTask& task) {
  const TaskSummary& row = task.row;
  if (selector.key == "kind") return selects(selector, task_kind_name(row.task.kind));
  if (selector.key == "name") return selects(selector, row.task.source.name);
  if (selector.key == "handler") return selects(selector, handler_name(row));
  return selects(selector, row.handler.name.empty() ? row.task.source.file : row.handler.file);
}

bool selects(const Selector& selector, const MeasuredRequest& request) {
  const RequestName& name = request.row.name;
  if (selector.key == "protocol") return selects(selector, protocol_name(name.protocol));
  if (selector.key == "method") return selects(selector, method_of(name));
  return selects(selector, selector.key == "path" ? path_of(name) : name.text);
}

bool selects(const Selector& selector, const MeasuredLoop& loop) {
  return selects(selector, selector.key == "comm" ? loop.loop.comm : loop.loop.runtime);
}

template <class T>
bool all_select(const std::vector<Selector>& where, const T& value) {
  return std::all_of(where.begin(), where.end(), [&](const Selector& selector) { return selects(selector, value); });
}

}  // namespace

Measured measure(const std::vector<Session>& runs, std::uint64_t threshold_ns, const std::vector<Ignore>& ignores,
                 std::optional<std::uint64_t> stolen_ns) {
  Folder folder(threshold_ns, ignores, most_taken(stolen_ns));
  for (const Session& session : runs) folder.add(session);
  return folder.take();
}

bool matches(const std::vector<Selector>& where, const Offender& offender) { return all_select(where, offender); }
bool matches(const std::vector<Selector>& where, const MeasuredLoop& loop) { return all_select(where, loop); }
bool matches(const std::vector<Selector>& where, const MeasuredTask& task) { return all_select(where, task); }
bool matches(const std::vector<Selector>& where, const MeasuredRequest& request) { return all_select(where, request); }

std::string identity_of(const Frame& frame) {
  const std::string& file = frame.file.empty() ? frame.module : frame.file;
  return file.empty() ? frame.function : fmt::format("{} {}", frame.function, basename_of(file));
}

std::string identity_of(const SourceName& task, const SourceName& handler) {
  const auto name = [](const SourceName& source) {
    const std::string known = source.name.empty() ? "?" : source.name;
    return source.file.empty() ? known : fmt::format("{} {}", known, basename_of(source.file));
  };
  return handler.name.empty() ? name(task) : name(handler) + " in " + name(task);
}

std::string key_of(const Offender& offender) {
  return fmt::format("{}: {}", identity_of(offender.culprit.named()), cause_name(offender.cause.kind));
}

}  // namespace loopstall::check
