// The groups of metrics that an OpenMetrics snapshot consists of.
#pragma once

#include "model/summary.h"
#include "report/metrics_text.h"

namespace loopstall::openmetrics {

void write_session(MetricsText& text, const Summary& summary);
void write_loops(MetricsText& text, const Summary& summary);
void write_stalls(MetricsText& text, const Summary& summary);
void write_tasks(MetricsText& text, const Summary& summary);
void write_requests(MetricsText& text, const Summary& summary);  // nothing if nobody asked for them

// Which loop: its place in the report, as in the JSON report's tasks[].loop.
MetricLabels loop_labels(const Summary& summary, std::size_t loop);

}  // namespace loopstall::openmetrics
