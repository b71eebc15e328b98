// Everything one session knows, folded from events. A recording stores exactly this, and every report is made
// from it, so a report from a recording equals the one printed live (invariant 11). Bounded memory: histograms
// are sparse, a loop's timeline has at most kTimelinePoints points (it halves its resolution when full), and
// the worst kStallsKept stalls are kept. Of these the worst kStacksKept keep their stacks, as long as these have not
// more than kFramesKept frames together (about 20 MB); all keep culprit and causes. The groups count every stall that
// evidence came for. Blocks of time (model/block.h): kBlocks, and kTaskBlockBuckets buckets of tasks in them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/event.h"

namespace loopstall {

constexpr std::size_t kTimelinePoints = 600;
constexpr std::size_t kStallsKept = 4096;
constexpr std::size_t kStacksKept = 100;
constexpr std::size_t kSamplesKept = 64;  // of one stall; what is beyond the heaviest is added up by cause
constexpr std::size_t kFramesKept = 100'000;
constexpr std::size_t kGroupsKept = 512;

struct SessionInfo {
  std::string version;  // loopstall's
  std::string kernel;   // uname -r
  std::string machine;  // uname -m
  std::string target;   // as the user named it
  std::uint64_t start_realtime_ns = 0;
  std::uint64_t start_ns = 0;     // CLOCK_MONOTONIC
  std::uint64_t duration_ns = 0;  // so far
  std::uint64_t threshold_ns = 0;
  bool operator==(const SessionInfo&) const = default;
};

struct Process {
  int pid = 0;
  int parent = 0;
  std::uint64_t seen_ns = 0;    // CLOCK_MONOTONIC
  std::uint64_t exited_ns = 0;  // 0: still alive at the end
  std::string comm, command, runtime;
  bool operator==(const Process&) const = default;
};

struct TimelinePoint {
  std::uint64_t start_ns = 0;  // CLOCK_MONOTONIC
  std::uint64_t end_ns = 0;
  LoopCounters counters;
  Histogram busy;             // its extremes are those of the buckets' means, exact where the loop had a new extreme
  std::uint32_t samples = 1;  // readings merged into this point; the first point has the timeline's resolution
  bool operator==(const TimelinePoint&) const = default;
};

struct Loop {
  LoopId id;
  int pid = 0;
  int tid = 0;
  std::string comm, runtime;
  Wait wait = Wait::Unknown;
  Tier tier = Tier::Iterations;
  std::string tier_reason;  // why not more
  bool confirmed = false;
  std::string unconfirmed_reason;
  std::uint64_t seen_ns = 0;
  std::uint64_t closed_ns = 0;  // 0: alive at the end
  LoopCounters total;
  Histogram busy, own;
  std::vector<TimelinePoint> timeline;
  std::uint64_t stalls_not_kept = 0;        // of this loop, displaced by worse ones; summarize() adds them to lost
  std::uint64_t evidence_dropped = 0;       // so are these: its stalls that did not keep their stacks
  std::uint64_t handlers_not_kept = 0;      // and these: steps whose handler its task had no room for
  TaskCoverage tasks{};                     // in which time its task steps were counted
  std::uint64_t stalls_not_grouped = 0;     // its stalls with evidence for which there was no group left
  std::vector<Shared<LoopBlock>> blocks{};  // in order
  QueueDelay queue{};
  RequestReads requests{};
  bool operator==(const Loop&) const = default;
};

// Stalls of one loop that have the same culprit and cause.
struct StallGroup {
  LoopId loop;      // in a Summary: of its worst stall; there, groups of all loops are one
  Culprit culprit;  // of its worst stall
  Cause cause;      // that took most of the time; syscall and object are "" where the stalls differ
  Histogram busy;
  Shared<EvidenceSample> example;  // telling_sample() of its worst stall
  Blame blame{};
  bool operator==(const StallGroup&) const = default;
};

// One of the recordings that a session was merged from. Its loops and processes follow each other, from these on.
struct MergedRecording {
  std::string name;  // what its loops' and processes' names begin with
  SessionInfo info;
  std::uint32_t first_loop = 0, first_process = 0;
  bool operator==(const MergedRecording&) const = default;
};

struct Session {
  SessionInfo info;
  std::vector<Process> processes;
  std::vector<Loop> loops;    // index == LoopId.value
  std::vector<Stall> stalls;  // the worst, in no particular order
  Cost cost;
  Lost lost;
  std::vector<std::string> notes;
  std::vector<StallGroup> groups{};  // in the order in which they were seen
  std::vector<Task> tasks{};         // index == TaskId.value
  BlockGrid blocks{};
  std::vector<MergedRecording> recordings{};  // empty: it was measured, not merged
  std::vector<Request> requests{};            // index == RequestId.value
  std::vector<OngoingStall> ongoing{};        // now, one a loop; not recorded: it is for the live display
  bool operator==(const Session&) const = default;
};

// Folds one event into the session. An event for a loop that was never opened is ignored.
void apply(Session& session, const Event& event);

}  // namespace loopstall
