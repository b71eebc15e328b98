// A gzipped pprof profile, for go tool pprof, Pyroscope, Parca: a sample has the number of stalls and the time that
// they blocked the loop, and labels that tell task, cause and thread.
#include "diagnosis/diagnosis.h"
#include "report/gzip.h"
#include "report/pprof_profile.h"
#include "report/report.h"
#include "report/stack_labels.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

PprofProfile::Labels labels_of(const StallStack& stack, const Summary& summary) {
  return {{"task", task_label(stack)},
          {"cause", std::string(cause_name(stack.cause.kind))},
          {"waited", state_label(stack)},
          {"thread", loop_label(summary.loops[stack.loop].loop)},
          {"estimated", stack.estimated ? "yes" : ""}};
}

}  // namespace

std::string render_pprof(const Summary& summary, const ReportStyle&) {
  PprofProfile profile;
  for (const StallStack& stack : stall_stacks(summary))
    profile.add(stack.frames, labels_of(stack, summary), {stack.stalls, stack.weight_ns});
  for (const std::string& note : summary.notes) profile.comment(clean(note));
  return gzip(profile.encode({{{"stalls", "count"}, {"blocked", "nanoseconds"}}}, summary.info.start_realtime_ns,
                             summary.info.duration_ns));
}

}  // namespace loopstall
