// A trace in Chrome's JSON format for ui.perfetto.dev: loops as tracks, stalls with their causes as slices, counters
// over the session. What has no place in time is counted beside the events.
#include <map>

#include "report/perfetto_parts.h"
#include "report/report.h"
#include "report/stall_stacks.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

struct Totals {
  std::uint64_t stalls = 0, ns = 0;
};

Totals unlisted(const Summary& summary) {
  Totals totals;
  for (const StallStack& stack : stall_stacks(summary)) {
    if (stack.stall != kNotListed) continue;
    totals.stalls += stack.stalls;
    totals.ns += stack.weight_ns;
  }
  return totals;
}

Json other_data(const Summary& summary) {
  const Totals rest = unlisted(summary);
  Json notes = Json::array();
  for (const std::string& note : summary.notes) notes.push_back(clean(note));
  return {{"session", json_of(summary.info)},
          {"stalls_total", summary.stalls_total},
          {"stalls_not_shown", rest.stalls},
          {"stalls_not_shown_ns", rest.ns},
          {"stalls_not_shown_ns_estimated", rest.stalls > 0},
          {"lost", json_of(summary.lost)},
          {"notes", std::move(notes)}};
}

std::map<LoopId, std::int64_t> pids_of(const Summary& summary) {
  std::map<LoopId, std::int64_t> pids;
  for (const LoopSummary& loop : summary.loops) pids[loop.loop.id] = perfetto::pid_of(summary, loop.loop);
  return pids;
}

}  // namespace

std::string render_perfetto(const Summary& summary, const ReportStyle&) {
  auto pids = pids_of(summary);
  Json events = Json::array();
  perfetto::add_names(events, summary);
  for (const LoopSummary& loop : summary.loops) perfetto::add_counters(events, loop, pids[loop.loop.id]);
  for (std::size_t i = 0; i < summary.stalls.size(); ++i)
    perfetto::add_stall(events, summary.stalls[i], pids[summary.stalls[i].loop], i);
  return one_line({{"displayTimeUnit", "ms"}, {"otherData", other_data(summary)}, {"traceEvents", std::move(events)}}) +
         "\n";
}

}  // namespace loopstall
