#include "report/openmetrics_parts.h"
#include "report/stall_stacks.h"

namespace loopstall::openmetrics {
namespace {

std::string yes_or_no(bool value) { return value ? "yes" : "no"; }

MetricLabels culprit_labels(const StallGroup& group) {
  const Culprit& culprit = group.culprit;
  const Frame named = culprit.known() ? culprit.named() : Frame{};
  return {{"function", named.function},
          {"file", named.file.empty() ? named.module : named.file},
          {"line", std::to_string(named.line)},
          {"handler", culprit.handler.function},
          {"unnamed", std::string(unnamed_name(culprit.unnamed))},
          {"cause", std::string(cause_name(group.cause.kind))}};
}

void write_causes(MetricsText& text, const Summary& summary) {
  MetricSums blocked;
  for (const StallStack& stack : stall_stacks(summary))
    blocked.add(loop_labels(summary, stack.loop)
                    .with("cause", cause_name(stack.on_cpu ? CauseKind::Cpu : stack.cause.kind))
                    .with("estimated", yes_or_no(stack.estimated)),
                stack.weight_ns);
  text.family("stall_time_seconds", "gauge", "seconds",
              "Time that stalls held the loop, by what it went to; estimated: known from an example or a histogram.");
  blocked.write_seconds(text);
}

void write_culprits(MetricsText& text, const Summary& summary) {
  MetricSums stalls, time;
  for (const StallGroup& group : summary.groups) {
    stalls.add(culprit_labels(group), group.busy.count());
    time.add(culprit_labels(group), group.busy.sum_ns());
  }
  text.family("culprit_stalls", "gauge", "", "Stalls by culprit and cause.");
  stalls.write_counts(text);
  text.family("culprit_time_seconds", "gauge", "seconds", "Busy time of these stalls.");
  time.write_seconds(text);
}

}  // namespace

void write_stalls(MetricsText& text, const Summary& summary) {
  text.family("stalls", "gauge", "", "Stalls of all loops.");
  text.sample({}, summary.stalls_total);
  text.family("stalls_explained", "gauge", "", "Stalls that are told by culprit.");
  text.sample({}, summary.stalls_explained);
  write_causes(text, summary);
  write_culprits(text, summary);
}

}  // namespace loopstall::openmetrics
