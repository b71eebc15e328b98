// A record for each task and handler, in the order of the rows of the JSON report's tasks[].
#include "report/csv_blame.h"
#include "report/report.h"

namespace loopstall {
namespace {

constexpr const char* kColumns[] = {"loop",
                                    "pid",
                                    "tid",
                                    "comm",
                                    "kind",
                                    "task",
                                    "file",
                                    "line",
                                    "handler",
                                    "handler_file",
                                    "handler_line",
                                    "steps",
                                    "estimated_steps",
                                    "stalls",
                                    "hold_ns",
                                    "min_ns",
                                    "p50_ns",
                                    "p90_ns",
                                    "p99_ns",
                                    "p999_ns",
                                    "max_ns",
                                    "cpu_ns",
                                    "blocked_ns",
                                    "runqueue_ns",
                                    "share",
                                    "steps_per_s",
                                    "blame_ns",
                                    "blame_max_ns",
                                    "blame_sockets"};

void add_source(CsvText& csv, const SourceName& source) { csv.add(source.name).add(source.file).add_line(source.line); }

void add_times(CsvText& csv, const TaskSummary& row) {
  csv.add(row.total.steps).add(row.estimated_steps).add(row.total.stalls).add(row.total.hold_ns);
  const Distribution& hold = row.hold;
  csv.add(hold.min_ns).add(hold.p50_ns).add(hold.p90_ns).add(hold.p99_ns).add(hold.p999_ns).add(hold.max_ns);
  const Split& split = row.total.split;
  csv.add(split.cpu_ns).add(split.blocked_ns).add(split.runqueue_ns);
  csv.add_rounded(row.share).add_rounded(row.steps_per_s);
}

}  // namespace

std::string render_csv_tasks(const Summary& summary, const ReportStyle&) {
  CsvText csv;
  for (const char* name : kColumns) csv.add(name);
  csv.end_record();
  for (const TaskSummary& row : summary.tasks) {
    csv.add(row.loop).add(row.pid).add(row.tid).add(row.comm).add(task_kind_name(row.task.kind));
    add_source(csv, row.task.source);
    add_source(csv, row.handler);
    add_times(csv, row);
    add_blame(csv, row.total.blame, summary);
    csv.end_record();
  }
  return csv.take();
}

}  // namespace loopstall
