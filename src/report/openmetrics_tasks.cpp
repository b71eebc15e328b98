#include "report/openmetrics_parts.h"

namespace loopstall::openmetrics {
namespace {

MetricLabels task_labels(const Summary& summary, const TaskSummary& row) {
  return loop_labels(summary, row.loop)
      .with("kind", task_kind_name(row.task.kind))
      .with("task", row.task.source.name)
      .with("file", row.task.source.file)
      .with("line", std::to_string(row.task.source.line))
      .with("handler", row.handler.name)
      .with("handler_file", row.handler.file)
      .with("handler_line", std::to_string(row.handler.line));
}

struct TaskMetrics {
  MetricSums steps, estimated, hold, longest, stalls, blame;

  void add(const MetricLabels& labels, const TaskSummary& row) {
    steps.add(labels, row.total.steps);
    estimated.add(labels, row.estimated_steps);
    hold.add(labels, row.total.hold_ns);
    longest.raise(labels, row.hold.max_ns);
    stalls.add(labels, row.total.stalls);
    blame.add(labels, row.total.blame.total_ns);
  }
};

}  // namespace

void write_tasks(MetricsText& text, const Summary& summary) {
  TaskMetrics metrics;
  for (const TaskSummary& row : summary.tasks) metrics.add(task_labels(summary, row), row);
  text.family("task_steps", "gauge", "", "Steps of a task, by the handler that they ran.");
  metrics.steps.write_counts(text);
  text.family("task_estimated_steps", "gauge", "", "Of these, steps whose handler is known from few looks only.");
  metrics.estimated.write_counts(text);
  text.family("task_hold_seconds", "gauge", "seconds", "How long these steps held the loop.");
  metrics.hold.write_seconds(text);
  text.family("task_longest_hold_seconds", "gauge", "seconds", "The longest of these steps.");
  metrics.longest.write_seconds(text);
  text.family("task_stalls", "gauge", "", "Steps that reached the threshold by themselves.");
  metrics.stalls.write_counts(text);
  if (!summary.knows_blame) return;
  text.family("task_blame_seconds", "gauge", "seconds", "The queue delay that these steps inflicted on sockets.");
  metrics.blame.write_seconds(text);
}

}  // namespace loopstall::openmetrics
