#include <fmt/format.h>

#include "report/perfetto_parts.h"
#include "report/utf8.h"

namespace loopstall::perfetto {
namespace {

constexpr std::int64_t kPidsOfRecording = 10'000'000;

// index: of a loop or process; the recordings follow each other.
std::int64_t offset_of(const Summary& summary, std::size_t index, std::uint32_t MergedRecording::*first) {
  std::int64_t offset = 0;
  for (std::size_t i = 1; i < summary.recordings.size() && summary.recordings[i].*first <= index; ++i)
    offset += kPidsOfRecording;
  return offset;
}

Json name_event(const char* what, std::int64_t pid, std::int64_t tid, const std::string& name) {
  return {{"name", what}, {"ph", "M"}, {"pid", pid}, {"tid", tid}, {"args", {{"name", name}}}};
}

struct Track {
  std::int64_t pid;
  int tid;
};

Json counter(const Track& loop, const char* what, const char* unit, std::uint64_t at_ns, double value) {
  return {{"name", fmt::format("{} (tid {})", what, loop.tid)},
          {"ph", "C"},
          {"ts", us(at_ns)},
          {"pid", loop.pid},
          {"args", {{unit, value}}}};
}

void add_point(Json& events, const Track& loop, std::uint64_t at_ns, const LoopCounters& c, const Histogram& busy) {
  const double percent = 100 * ratio(c.busy_ns, c.busy_ns + c.idle_ns);
  events.push_back(counter(loop, "loop utilization", "percent", at_ns, percent));
  events.push_back(counter(loop, "busy time p99", "ms", at_ns, static_cast<double>(busy.quantile_ns(0.99)) / 1e6));
}

}  // namespace

std::int64_t pid_of(const Summary& summary, const Loop& loop) {
  return loop.pid + offset_of(summary, loop.id.value, &MergedRecording::first_loop);
}

void add_names(Json& events, const Summary& summary) {
  for (std::size_t i = 0; i < summary.processes.size(); ++i) {
    const Process& process = summary.processes[i];
    const std::int64_t pid = process.pid + offset_of(summary, i, &MergedRecording::first_process);
    events.push_back(name_event("process_name", pid, process.pid, clean(process.comm)));
  }
  for (const LoopSummary& summary_of : summary.loops) {
    const Loop& loop = summary_of.loop;
    events.push_back(name_event("thread_name", pid_of(summary, loop), loop.tid, clean("loop " + loop.comm)));
  }
}

void add_counters(Json& events, const LoopSummary& summary, std::int64_t pid) {
  const auto& timeline = summary.loop.timeline;
  const Track track{pid, summary.loop.tid};
  for (const TimelinePoint& point : timeline) add_point(events, track, point.start_ns, point.counters, point.busy);
  if (!timeline.empty()) add_point(events, track, timeline.back().end_ns, {}, {});
}

}  // namespace loopstall::perfetto
