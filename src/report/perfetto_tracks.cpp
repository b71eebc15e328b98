#include <fmt/format.h>

#include "report/perfetto_parts.h"
#include "report/utf8.h"

namespace loopstall::perfetto {
namespace {

Json name_event(const char* what, int pid, int tid, const std::string& name) {
  return {{"name", what}, {"ph", "M"}, {"pid", pid}, {"tid", tid}, {"args", {{"name", name}}}};
}

Json counter(const Loop& loop, const char* what, const char* unit, std::uint64_t at_ns, double value) {
  return {{"name", fmt::format("{} (tid {})", what, loop.tid)},
          {"ph", "C"},
          {"ts", us(at_ns)},
          {"pid", loop.pid},
          {"args", {{unit, value}}}};
}

void add_point(Json& events, const Loop& loop, std::uint64_t at_ns, const LoopCounters& c, const Histogram& busy) {
  const double percent = 100 * ratio(c.busy_ns, c.busy_ns + c.idle_ns);
  events.push_back(counter(loop, "loop utilization", "percent", at_ns, percent));
  events.push_back(counter(loop, "busy time p99", "ms", at_ns, static_cast<double>(busy.quantile_ns(0.99)) / 1e6));
}

}  // namespace

void add_names(Json& events, const Summary& summary) {
  for (const Process& process : summary.processes)
    events.push_back(name_event("process_name", process.pid, process.pid, clean(process.comm)));
  for (const LoopSummary& loop : summary.loops)
    events.push_back(name_event("thread_name", loop.loop.pid, loop.loop.tid, clean("loop " + loop.loop.comm)));
}

void add_counters(Json& events, const LoopSummary& summary) {
  const Loop& loop = summary.loop;
  for (const TimelinePoint& point : loop.timeline) add_point(events, loop, point.start_ns, point.counters, point.busy);
  if (!loop.timeline.empty()) add_point(events, loop, loop.timeline.back().end_ns, {}, {});
}

}  // namespace loopstall::perfetto
