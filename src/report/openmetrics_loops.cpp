#include <algorithm>
#include <functional>

#include "report/openmetrics_parts.h"

namespace loopstall::openmetrics {
namespace {

template <class Value>
void gauge(MetricsText& text, const Summary& summary, const char* name, const char* unit, const char* help,
           Value value_of) {
  text.family(name, "gauge", unit, help);
  for (std::size_t i = 0; i < summary.loops.size(); ++i)
    text.sample(loop_labels(summary, i), value_of(summary.loops[i]));
}

template <class Value>
void seconds(MetricsText& text, const Summary& summary, const char* name, const char* help, Value ns_of) {
  gauge(text, summary, name, "seconds", help, [&](const LoopSummary& l) { return metric_seconds(ns_of(l)); });
}

void write_info(MetricsText& text, const Summary& summary) {
  text.family("loop_info", "gauge", "", "An event loop; always 1.");
  for (std::size_t i = 0; i < summary.loops.size(); ++i) {
    const Loop& loop = summary.loops[i].loop;
    text.sample(loop_labels(summary, i)
                    .with("comm", loop.comm)
                    .with("runtime", loop.runtime)
                    .with("wait", wait_name(loop.wait))
                    .with("tier", tier_name(loop.tier)),
                1);
  }
}

void write_split(MetricsText& text, const Summary& summary) {
  text.family("loop_busy_part_seconds", "gauge", "seconds", "Where busy time went.");
  for (std::size_t i = 0; i < summary.loops.size(); ++i) {
    const Split& split = summary.loops[i].loop.total.split;
    const MetricLabels loop = loop_labels(summary, i);
    text.sample(loop.with("part", "cpu"), metric_seconds(split.cpu_ns));
    text.sample(loop.with("part", "blocked"), metric_seconds(split.blocked_ns));
    text.sample(loop.with("part", "run_queue"), metric_seconds(split.runqueue_ns));
  }
}

using Member = Distribution LoopSummary::*;

// Upper edges, a quarter of an octave apart: those of the buckets from the shortest to the longest time of any loop,
// the same for all loops, so that they can be added up.
std::vector<std::uint32_t> edges(const Summary& summary, Member which) {
  constexpr std::uint32_t kStep = 16;
  std::uint32_t first = kBuckets, last = 0;
  for (const LoopSummary& loop : summary.loops)
    for (const BucketDelta& b : (loop.*which).buckets)
      first = std::min(first, b.bucket), last = std::max(last, b.bucket);
  std::vector<std::uint32_t> ends;
  for (std::uint32_t end = first / kStep * kStep + kStep; first <= last && end < last + kStep && end < kBuckets;
       end += kStep)
    ends.push_back(end);
  return ends;
}

// Times are whole nanoseconds, so that those below an edge are those up to a nanosecond less.
void write_histogram(MetricsText& text, const MetricLabels& labels, const Distribution& d,
                     const std::vector<std::uint32_t>& ends) {
  std::uint64_t count = 0;
  auto bucket = d.buckets.begin();
  for (const std::uint32_t end : ends) {
    for (; bucket != d.buckets.end() && bucket->bucket < end; ++bucket) count += bucket->count;
    text.sample(labels.with("le", metric_seconds(bucket_low_ns(end) - 1)), count, "_bucket");
  }
  text.sample(labels.with("le", "+Inf"), d.count, "_bucket");
  text.sample(labels, d.count, "_count");
  text.sample(labels, metric_seconds(d.sum_ns), "_sum");
}

void write_histograms(MetricsText& text, const Summary& summary, const char* name, const char* help, Member which) {
  text.family(name, "histogram", "seconds", help);
  const std::vector<std::uint32_t> ends = edges(summary, which);
  for (std::size_t i = 0; i < summary.loops.size(); ++i)
    write_histogram(text, loop_labels(summary, i), summary.loops[i].*which, ends);
}

void write_queues(MetricsText& text, const Summary& summary) {
  write_histograms(text, summary, "loop_queue_delay_seconds", "Sockets with data ready, until they were read.",
                   &LoopSummary::delay);
  write_histograms(text, summary, "loop_accept_delay_seconds", "TCP connections, until they were accepted.",
                   &LoopSummary::accept);
  seconds(text, summary, "loop_sockets_waited_seconds", "What sockets with data ready waited, together.",
          std::mem_fn(&LoopSummary::waited_ns));
}

}  // namespace

void write_loops(MetricsText& text, const Summary& summary) {
  const auto total = [](auto member) { return [member](const LoopSummary& l) { return l.loop.total.*member; }; };
  write_info(text, summary);
  write_histograms(text, summary, "loop_busy_seconds", "Busy time of the iterations.", &LoopSummary::busy);
  write_histograms(text, summary, "loop_own_seconds", "Busy time less run-queue delay.", &LoopSummary::own);
  seconds(text, summary, "loop_longest_busy_seconds", "The longest iteration.", [](auto& l) { return l.busy.max_ns; });
  seconds(text, summary, "loop_idle_seconds", "Time in the loop wait.", total(&LoopCounters::idle_ns));
  seconds(text, summary, "loop_watched_seconds", "How long the loop was watched.",
          std::mem_fn(&LoopSummary::watched_ns));
  gauge(text, summary, "loop_stalls", "", "Iterations at or above the threshold.", total(&LoopCounters::stalls));
  gauge(text, summary, "loop_discarded_iterations", "", "Iterations that are not counted: their loop ended or changed.",
        total(&LoopCounters::discarded));
  gauge(text, summary, "loop_events", "", "Events that the loop waits returned.", total(&LoopCounters::events));
  write_split(text, summary);
  if (summary.knows_blame) write_queues(text, summary);
}

}  // namespace loopstall::openmetrics
