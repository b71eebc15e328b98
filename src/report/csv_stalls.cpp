// A record a stall, longest first. Stalls that are counted but not listed follow, those of one culprit and loop in one
// record: `stalls` says how many they are, `busy_ns` is their sum. So both columns add up to the session's. Where queue
// delay was measured, `delayed_ns` adds up as well.
#include <algorithm>

#include "model/culprit.h"
#include "report/csv_blame.h"
#include "report/culprits.h"
#include "report/report.h"
#include "report/stall_stacks.h"
#include "report/wall_clock.h"

namespace loopstall {
namespace {

constexpr const char* kColumns[] = {"stalls",         "estimated",      "loop",       "pid",          "tid",
                                    "comm",           "iteration",      "start",      "start_ns",     "busy_ns",
                                    "own_ns",         "cpu_ns",         "blocked_ns", "runqueue_ns",  "ongoing",
                                    "before_attach",  "cause",          "syscall",    "object",       "culprit",
                                    "culprit_file",   "culprit_line",   "handler",    "handler_file", "handler_line",
                                    "held_gil",       "unnamed",        "advice",     "remedy",       "delayed_ns",
                                    "delayed_max_ns", "delayed_sockets"};

void add_named(CsvText& csv, const Frame& frame) {
  csv.add(frame.function).add(frame.file.empty() ? frame.module : frame.file).add_line(frame.line);
}

void add_culprit(CsvText& csv, const Culprit* culprit) {
  if (!culprit) {
    for (int i = 0; i < 8; ++i) csv.skip();
    return;
  }
  add_named(csv, culprit->known() ? culprit->named() : Frame{});
  add_named(csv, culprit->handler);
  csv.add(culprit->held_gil).add(culprit->known() ? "" : unnamed_name(culprit->unnamed));
}

void add_cause(CsvText& csv, const Cause& cause) {
  csv.add(cause_name(cause.kind)).add(cause.syscall).add(cause.object);
}

void add_loop(CsvText& csv, const Summary& summary, std::size_t loop) {
  const Loop& l = summary.loops[loop].loop;
  csv.add(loop).add(l.pid).add(l.tid).add(l.comm);
}

void add_times(CsvText& csv, const Stall& stall, const SessionInfo& info) {
  const std::uint64_t start = epoch_ns(info, stall.start_ns);
  csv.add(stall.iteration).add(rfc3339(start)).add(start).add(stall.busy_ns);
  csv.add(stall.busy_ns - std::min(stall.busy_ns, stall.split.runqueue_ns));
  csv.add(stall.split.cpu_ns).add(stall.split.blocked_ns).add(stall.split.runqueue_ns);
  csv.add(stall.ongoing).add(stall.before_attach);
}

void add_listed(CsvText& csv, const Stall& stall, std::size_t loop, const Summary& summary) {
  const Evidence& evidence = *stall.evidence;
  csv.add(1).add(false);
  add_loop(csv, summary, loop);
  add_times(csv, stall, summary.info);
  add_cause(csv, evidence.empty() ? Cause{} : dominant_cause(evidence));
  add_culprit(csv, evidence.empty() ? nullptr : &evidence.culprit);
  const std::optional<Advice> advice = advice_for(stall, summary);
  csv.add(advice ? advice->id : "").add(advice ? advice->remedy : "");
  add_blame(csv, stall.delayed, summary);
  csv.end_record();
}

// Only the time is an estimate, and only where there is no group.
void add_unlisted(CsvText& csv, const StallStack& stack, const Summary& summary) {
  csv.add(stack.stalls).add(!stack.culprit);
  add_loop(csv, summary, stack.loop);
  csv.skip().skip().skip().add(stack.weight_ns);
  for (int i = 0; i < 6; ++i) csv.skip();
  add_cause(csv, stack.cause);
  add_culprit(csv, stack.culprit);
  csv.skip().skip();
  if (summary.knows_blame)
    csv.add(stack.delayed_ns);
  else
    csv.skip();
  csv.skip().skip();
  csv.end_record();
}

}  // namespace

std::string render_csv_stalls(const Summary& summary, const ReportStyle&) {
  CsvText csv;
  for (const char* name : kColumns) csv.add(name);
  csv.end_record();
  std::size_t previous = kNotListed;
  for (const StallStack& stack : stall_stacks(summary)) {
    if (stack.stall == kNotListed) {
      add_unlisted(csv, stack, summary);
    } else if (stack.stall != previous) {
      add_listed(csv, summary.stalls[stack.stall], stack.loop, summary);
    }
    previous = stack.stall;
  }
  return csv.take();
}

}  // namespace loopstall
