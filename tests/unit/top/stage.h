// A made-up moment of a measurement, and what its picture says.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/units.h"
#include "report/utf8.h"
#include "top/picture.h"

namespace loopstall::top {

constexpr std::uint64_t us = kMicrosecond, ms = kMillisecond, s = kSecond;

inline Distribution distribution(std::uint64_t count, std::uint64_t p50_ns, std::uint64_t p99_ns,
                                 std::uint64_t max_ns) {
  Distribution d;
  d.count = count;
  d.p50_ns = p50_ns;
  d.p99_ns = p99_ns;
  d.max_ns = max_ns;
  return d;
}

// Busier from second to second, ten times.
inline TimelinePoint point(unsigned second) {
  TimelinePoint p;
  p.counters.busy_ns = second % 10;
  p.counters.idle_ns = 9 - second % 10;
  return p;
}

inline LoopSummary loop(std::uint32_t id, int pid, const std::string& comm) {
  LoopSummary summary;
  summary.loop.id = LoopId{id};
  summary.loop.pid = summary.loop.tid = pid;
  summary.loop.comm = comm;
  summary.loop.runtime = "CPython 3.11.2, asyncio";
  summary.loop.tier = Tier::Tasks;
  summary.loop.tasks.measured_ns = 42 * s;
  summary.loop.confirmed = true;
  summary.loop.total.stalls = 7;
  summary.busy = distribution(9000, 47 * us, 8 * ms, 143 * ms);
  summary.utilization = 0.421;
  summary.iterations_per_s = 214.3;
  summary.watched_ns = 42 * s;
  for (unsigned i = 0; i < 60; ++i) summary.loop.timeline.push_back(point(i));
  return summary;
}

inline TaskSummary task(const std::string& name, std::uint64_t steps, std::uint64_t total_ns, std::uint64_t max_ns) {
  TaskSummary row;
  row.task.source = {name, "/srv/shop/app.py", 12};
  row.pid = row.tid = 4711;
  row.comm = "python3";
  row.total.steps = steps;
  row.total.hold_ns = total_ns;
  row.hold = distribution(steps, max_ns / 4, max_ns / 2, max_ns);
  row.share = static_cast<double>(total_ns) / static_cast<double>(20 * s);
  row.steps_per_s = static_cast<double>(steps) / 42;
  return row;
}

inline StallGroup culprit(const std::string& name, std::vector<std::uint64_t> busy) {
  StallGroup group;
  group.culprit.frame = {
      .kind = FrameKind::Python, .role = FrameRole::User, .function = name, .file = "/srv/app.py", .line = 45};
  group.culprit.handler = group.culprit.frame;
  group.culprit.unnamed = Unnamed::No;
  group.cause = {CauseKind::Timer, "clock_nanosleep", ""};
  for (const std::uint64_t ns : busy) group.busy.record(ns);
  return group;
}

// Two of three are timed.
inline RequestSummary request(const std::string& name, std::uint64_t count, std::uint64_t held_ns) {
  RequestSummary row;
  row.name = {Protocol::Http, name, false};
  row.count = count;
  row.per_second = static_cast<double>(count) / 42;
  row.hold = distribution(count * 2 / 3, held_ns / 4, held_ns / 2, held_ns);
  row.hold.sum_ns = held_ns;
  row.loops = {{0, count}};
  return row;
}

inline Shown stage() {
  Shown shown;
  shown.whole.info.target = "app.py (pid 4711)";
  shown.whole.info.duration_ns = 42 * s + 3 * ms;
  shown.whole.info.threshold_ns = 10 * ms;
  shown.whole.cost = {.bpf_run_ns = 42 * ms, .collector_cpu_ns = 420 * ms, .collector_rss_bytes = 36'000'000};
  shown.whole.loops = {loop(0, 4711, "python3")};
  shown.whole.tasks = {task("legacy", 100, 8 * s, 143 * ms), task("quick", 9000, 900 * ms, 2 * ms),
                       task("price", 300, 4 * s, 31 * ms)};
  shown.whole.groups = {culprit("legacy", {80 * ms, 143 * ms}), culprit("price", {31 * ms})};
  shown.second = shown.whole;
  shown.second.loops[0].utilization = 0.93;
  return shown;
}

// A server in C: no task steps.
inline Shown requests_stage() {
  Shown shown = stage();
  shown.whole.tasks.clear();
  shown.whole.requests = {request("GET /slow", 90, 900 * ms), request("POST /orders", 1234, 30 * ms)};
  shown.whole.request_reads = {.measured = true, .encrypted = 4321, .not_told = 17};
  shown.second = shown.whole;
  shown.second.requests = {request("GET /now", 3, 5 * ms)};
  return shown;
}

// Without the escape sequences of colours.
inline std::string plain(const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i)
    if (line[i] == '\033')
      i = line.find('m', i);
    else
      text += line[i];
  return text;
}

inline std::string text_of(const Picture& picture) {
  std::string text;
  for (const std::string& line : picture.lines) text += plain(line) + "\n";
  return text;
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// The first words of the rows between the table's titles and the next empty line.
inline std::vector<std::string> first_words(const Picture& picture, const std::string& title) {
  std::vector<std::string> words;
  bool inside = false;
  for (const std::string& line : picture.lines) {
    const std::string text = plain(line);
    if (inside && text.empty()) break;
    const std::size_t at = text.find_first_not_of(" ▸");
    if (inside && at != std::string::npos) words.push_back(text.substr(at, text.find(' ', at) - at));
    inside = inside || text.starts_with("  " + title);
  }
  return words;
}

}  // namespace loopstall::top
