// What rules are judged on: all runs together, as plain values. Iterations, stalls and task steps of confirmed loops
// only, as in every report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "check/budget.h"
#include "diagnosis/diagnosis.h"
#include "model/session.h"
#include "model/summary.h"

namespace loopstall::check {

// One stall that somebody is blamed for.
struct Blamed {
  std::size_t run = 0, loop = 0;  // loop: its place in Measured::loops
  std::uint64_t own_ns = 0, busy_ns = 0;
};

// All stalls with one culprit and cause.
struct Offender {
  Culprit culprit;
  Cause cause;
  std::vector<Blamed> stalls;  // from the evidence threshold on, in own time
  std::uint64_t worst_own_ns = 0, worst_busy_ns = 0;
  Stack stack{};  // of the look that shows best why; empty if none was kept
  std::optional<Advice> advice{};
  const Ignore* ignored = nullptr;
};

struct MeasuredLoop {
  std::size_t run = 0;
  Loop loop;
  double utilization = 0;
};

struct MeasuredStall {
  std::size_t loop = 0;             // its place in Measured::loops
  std::uint64_t busy_ns = 0;        // as it was
  std::uint64_t taken_ns = 0;       // by the machine, beside the run queue: see taken_by_machine()
  std::uint64_t own_ns = 0;         // without either
  std::uint64_t booked_own_ns = 0;  // own time as the histograms have it: with what the machine took
  std::uint64_t blocked_ns = 0;
  bool look_lost = false;                 // nobody can be named, because looks were lost or withheld
  std::optional<std::size_t> offender{};  // its place in Measured::offenders
};

struct MeasuredTask {
  std::size_t run = 0;
  TaskSummary row;
};

struct MeasuredRequest {
  std::size_t run = 0;
  RequestSummary row;
};

struct Measured {
  std::uint64_t threshold_ns = 0;  // of a stall
  std::uint64_t evidence_ns = 0;   // stalls this short have a culprit, all of them longer than that too
  std::size_t runs = 0;
  std::uint64_t start_realtime_ns = 0;  // of the first
  std::uint64_t duration_ns = 0;        // all of them
  std::vector<MeasuredLoop> loops;
  std::vector<MeasuredStall> stalls;  // every iteration of evidence_ns and more that is kept, worst first
  std::vector<Offender> offenders;    // most own time first
  std::vector<MeasuredTask> tasks;
  std::vector<MeasuredRequest> requests;
  RequestReads request_reads;
  std::uint64_t runqueue_ns = 0, busy_ns = 0, iterations = 0;
  std::uint64_t taken_ns = 0;         // of stalls, by the machine
  std::uint64_t stalls_not_kept = 0;  // iterations of evidence_ns and more that are not in stalls
  std::uint64_t boundaries_lost = 0;  // waits, loops and threads that were not seen
  std::vector<std::string> losses;    // in words: what the numbers may miss
  std::vector<std::string> notes;
};

// stolen_ns: what the hypervisor admits to have taken meanwhile, if that is known.
Measured measure(const std::vector<Session>& runs, std::uint64_t threshold_ns, const std::vector<Ignore>& ignores,
                 std::optional<std::uint64_t> stolen_ns = {});

bool matches(const std::vector<Selector>& where, const Offender& offender);
bool matches(const std::vector<Selector>& where, const MeasuredLoop& loop);
bool matches(const std::vector<Selector>& where, const MeasuredTask& task);
bool matches(const std::vector<Selector>& where, const MeasuredRequest& request);

// "load_report app.py": who it is, on every machine and after every edit of other lines.
std::string identity_of(const Frame& frame);
std::string identity_of(const SourceName& task, const SourceName& handler);
// The same with the cause: "load_report app.py: file".
std::string key_of(const Offender& offender);

}  // namespace loopstall::check
