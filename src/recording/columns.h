// Which member is which column: one list for each table, from which both the INSERT and the SELECT are made, so
// that writer and reader can not drift apart. A visitor is called with (column name, member).
#pragma once

#include <concepts>
#include <string>
#include <vector>

#include "model/session.h"

namespace loopstall {

// T or const T: the reader fills the members, the writer only looks.
template <class R, class T>
concept Row = std::same_as<std::remove_const_t<R>, T>;

template <class V>
void columns(Row<SessionInfo> auto& r, V& v) {
  v("version", r.version);
  v("kernel", r.kernel);
  v("machine", r.machine);
  v("target", r.target);
  v("start_realtime_ns", r.start_realtime_ns);
  v("start_ns", r.start_ns);
  v("duration_ns", r.duration_ns);
  v("threshold_ns", r.threshold_ns);
}

template <class V>
void columns(Row<MergedRecording> auto& r, V& v) {
  v("name", r.name);
  v("first_loop", r.first_loop);
  v("first_process", r.first_process);
  columns(r.info, v);
}

template <class V>
void columns(Row<Process> auto& r, V& v) {
  v("pid", r.pid);
  v("parent", r.parent);
  v("seen_ns", r.seen_ns);
  v("exited_ns", r.exited_ns);
  v("comm", r.comm);
  v("command", r.command);
  v("runtime", r.runtime);
}

template <class V>
void columns(Row<Split> auto& r, V& v) {
  v("cpu_ns", r.cpu_ns);
  v("blocked_ns", r.blocked_ns);
  v("runqueue_ns", r.runqueue_ns);
  v("user_samples", r.user_samples);
  v("kernel_samples", r.kernel_samples);
}

template <class V>
void columns(Row<LoopCounters> auto& r, V& v) {
  v("iterations", r.iterations);
  v("busy_ns", r.busy_ns);
  v("idle_ns", r.idle_ns);
  v("events", r.events);
  v("stalls", r.stalls);
  v("discarded", r.discarded);
  columns(r.split, v);
}

template <class V>
void columns(Row<TaskCoverage> auto& r, V& v) {
  v("tasks_measured_ns", r.measured_ns);
  v("tasks_iterations", r.iterations);
  v("tasks_busy_ns", r.busy_ns);
}

// Histograms, blocks and the timeline have tables of their own.
template <class V>
void columns(Row<Loop> auto& r, V& v) {
  v("pid", r.pid);
  v("tid", r.tid);
  v("comm", r.comm);
  v("runtime", r.runtime);
  v("wait", r.wait);
  v("tier", r.tier);
  v("tier_reason", r.tier_reason);
  v("confirmed", r.confirmed);
  v("unconfirmed_reason", r.unconfirmed_reason);
  v("seen_ns", r.seen_ns);
  v("closed_ns", r.closed_ns);
  columns(r.total, v);
  v("stalls_not_kept", r.stalls_not_kept);
  v("evidence_dropped", r.evidence_dropped);
  v("handlers_not_kept", r.handlers_not_kept);
  v("stalls_not_grouped", r.stalls_not_grouped);
  columns(r.tasks, v);
}

template <class V>
void columns(Row<TimelinePoint> auto& r, V& v) {
  v("start_ns", r.start_ns);
  v("end_ns", r.end_ns);
  v("samples", r.samples);
  columns(r.counters, v);
}

// Evidence has tables of its own.
template <class V>
void columns(Row<Stall> auto& r, V& v) {
  v("loop", r.loop.value);
  v("pid", r.pid);
  v("tid", r.tid);
  v("iteration", r.iteration);
  v("start_ns", r.start_ns);
  v("busy_ns", r.busy_ns);
  columns(r.split, v);
  v("ongoing", r.ongoing);
  v("before_attach", r.before_attach);
}

template <class V>
void columns(Row<Frame> auto& r, V& v) {
  v("kind", r.kind);
  v("role", r.role);
  v("function", r.function);
  v("file", r.file);
  v("line", r.line);
  v("first_line", r.first_line);
  v("module", r.module);
  v("inlined", r.inlined);
}

template <class V>
void columns(Row<Cause> auto& r, V& v) {
  v("cause", r.kind);
  v("syscall", r.syscall);
  v("object", r.object);
}

template <class V>
void columns(Row<CauseShare> auto& r, V& v) {
  columns(r.cause, v);
  v("ns", r.ns);
}

// Its frames are those of the table frame, by id.
template <class V>
void columns(Row<Culprit> auto& r, V& v) {
  v("weight_ns", r.weight_ns);
  v("held_gil", r.held_gil);
  v("unnamed", r.unnamed);
}

// Stacks are in the table stack.
template <class V>
void columns(Row<EvidenceSample> auto& r, V& v) {
  v("at_ns", r.at_ns);
  v("weight_ns", r.weight_ns);
  v("on_cpu", r.on_cpu);
  v("complete", r.complete);
  columns(r.cause, v);
  v("holder_tid", r.holder_tid);
}

template <class V>
void columns(Row<SourceName> auto& r, V& v) {
  v("name", r.name);
  v("file", r.file);
  v("line", r.line);
}

// No clock samples in its split.
template <class V>
void columns(Row<TaskCounters> auto& r, V& v) {
  v("steps", r.steps);
  v("hold_ns", r.hold_ns);
  v("stalls", r.stalls);
  v("cpu_ns", r.split.cpu_ns);
  v("blocked_ns", r.split.blocked_ns);
  v("runqueue_ns", r.split.runqueue_ns);
}

// Of table queue; the distributions are beside the loop's others.
template <class V>
void columns(Row<QueueCounters> auto& r, V& v) {
  v("waited_ns", r.waited_ns);
  v("held_ns", r.held_ns);
  v("stalled_ns", r.stalled_ns);
  v("early_ns", r.early_ns);
  v("unread", r.unread);
  v("elsewhere", r.elsewhere);
  v("own_waits", r.own_waits);
  v("refused", r.refused);
  v("backlog_most", r.backlog_most);
  v("backlog_limit", r.backlog_limit);
}

template <class V>
void columns(Row<Blame> auto& r, V& v) {
  v("total_ns", r.total_ns);
  v("max_ns", r.max_ns);
  v("sockets", r.sockets);
}

// Histograms have a table of their own.
template <class V>
void columns(Row<Request> auto& r, V& v) {
  v("loop", r.loop.value);
  v("protocol", r.name.protocol);
  v("name", r.name.text);
  v("cut", r.name.cut);
  v("count", r.count);
}

template <class V>
void columns(Row<RequestReads> auto& r, V& v) {
  v("encrypted", r.encrypted);
  v("not_told", r.not_told);
}

// Histograms, blocks and handlers have tables of their own.
template <class V>
void columns(Row<Task> auto& r, V& v) {
  v("loop", r.loop.value);
  v("kind", r.kind);
  columns(r.source, v);
  v("role", r.role);
  columns(r.total, v);
  v("blocks_dropped", r.blocks_dropped);
}

template <class V>
void columns(Row<TaskHandler> auto& r, V& v) {
  columns(r.source, v);
  columns(r.total, v);
  v("estimated_steps", r.estimated_steps);
}

template <class V>
void columns(Row<BlockSpan> auto& r, V& v) {
  v("start_ns", r.start_ns);
  v("end_ns", r.end_ns);
}

// Histograms have tables of their own; so they do in a TaskBlock.
template <class V>
void columns(Row<LoopBlock> auto& r, V& v) {
  v("block", r.number);
  columns(r.counters, v);
  columns(r.tasks, v);
}

template <class V>
void columns(Row<TaskBlock> auto& r, V& v) {
  v("block", r.number);
  columns(r.counters, v);
}

template <class V>
void columns(Row<std::string> auto& r, V& v) {
  v("text", r);
}

// Rows of the table cost, by name.
template <class V>
void columns(Row<Cost> auto& r, V& v) {
  v("bpf_hits", r.bpf_hits);
  v("bpf_run_ns", r.bpf_run_ns);
  v("bpf_timed_hits", r.bpf_timed_hits);
  v("collector_cpu_ns", r.collector_cpu_ns);
  v("collector_rss_bytes", r.collector_rss_bytes);
  v("map_bytes", r.map_bytes);
}

// The columns' names, for SQL.
template <class T>
std::vector<std::string> column_names() {
  std::vector<std::string> names;
  auto note = [&](const char* name, const auto&) { names.emplace_back(name); };
  const T row{};
  columns(row, note);
  return names;
}

}  // namespace loopstall
