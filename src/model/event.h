// The vocabulary of the pipeline: what a capture says to the model. Live events and test events enter through
// the same Sink, so everything after capture/ is tested without root. All times are CLOCK_MONOTONIC ns.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/id.h"
#include "model/evidence.h"
#include "model/histogram.h"
#include "model/queue.h"
#include "model/request.h"
#include "model/task.h"
#include "model/values.h"

namespace loopstall {

struct ProcessSeen {
  int pid = 0;
  int parent = 0;  // 0 when it was named on the command line
  std::uint64_t at_ns = 0;
  std::string comm;
  std::string command;  // command line, at most 200 bytes
  std::string runtime;  // "CPython 3.11.2, uvloop"; "native"
};

struct ProcessExited {
  int pid = 0;
  std::uint64_t at_ns = 0;
};

// A thread was seen in a loop wait. A loop starts unconfirmed (invariant 7).
struct LoopOpened {
  LoopId loop;
  int pid = 0;
  int tid = 0;
  std::uint64_t at_ns = 0;
  std::string comm;
  Wait wait = Wait::Unknown;
  std::string runtime;
};

struct LoopConfirmed {
  LoopId loop;
  bool confirmed = false;
  std::string reason;  // why not: "waits for one socket only"
};

// What was counted since the previous reading.
struct LoopSample {
  LoopId loop;
  std::uint64_t at_ns = 0;
  LoopCounters delta;
  std::vector<BucketDelta> busy;
  std::vector<BucketDelta> own;
  std::uint64_t busy_min_ns = 0, busy_max_ns = 0;  // since the session's start; ignored while nothing counted
  std::uint64_t own_min_ns = 0, own_max_ns = 0;
  Wait wait = Wait::Unknown;
};

struct LoopClosed {
  LoopId loop;
  std::uint64_t at_ns = 0;
};

struct Stall {
  LoopId loop;
  int pid = 0;
  int tid = 0;
  std::uint64_t iteration = 0;  // its number on that loop
  std::uint64_t start_ns = 0;   // for before_attach: when loopstall attached
  std::uint64_t busy_ns = 0;    // for ongoing: until the session's end
  Split split{};
  bool ongoing = false;
  bool before_attach = false;
  Shared<Evidence> evidence{};  // empty when there is none (yet)
  std::uint64_t gil_ns = 0;     // of blocked_ns: waits for the GIL that were not looked at, as they were short
  Blame delayed{};              // what sockets with data ready waited meanwhile
  bool operator==(const Stall&) const = default;
};

struct StallSeen {
  Stall stall;
};

// Why a stall happened. Comes after its StallSeen and applies to the stall with that iteration, if it was kept, and
// always to the groups.
struct EvidenceFound {
  LoopId loop;
  std::uint64_t iteration = 0;
  std::uint64_t start_ns = 0;
  std::uint64_t busy_ns = 0;  // of the stall
  Evidence evidence{};
  Blame delayed{};  // of the stall
};

// An iteration that is old already and still going on. Replaces the loop's previous one; one with busy_ns == 0 ends it.
struct OngoingStall {
  LoopId loop;
  std::uint64_t start_ns = 0;  // for before_attach: when loopstall attached
  std::uint64_t busy_ns = 0;   // so far
  Evidence evidence{};
  bool before_attach = false;
  bool operator==(const OngoingStall&) const = default;
};

struct TierReached {
  LoopId loop;
  Tier tier = Tier::Iterations;
  std::string why{};  // why not more: "Node: JavaScript functions are not named yet"; "" when there is nothing to say
};

// All that was counted until then has been told: loops, tasks and coverage.
struct ReadingEnded {
  std::uint64_t at_ns = 0;
};

// Replaces the previous reading.
struct CostRead {
  Cost cost;
};
struct LostRead {
  Lost lost;
};

// Something the reader must know: a probe refused, a fallback taken.
struct Note {
  std::string text;
};

using Event =
    std::variant<ProcessSeen, ProcessExited, LoopOpened, LoopConfirmed, LoopSample, LoopClosed, StallSeen,
                 EvidenceFound, OngoingStall, TierReached, TaskSeen, TaskSample, StepHandled, TaskCoverageRead,
                 QueueSample, RequestSeen, RequestSample, RequestReadsCounted, ReadingEnded, CostRead, LostRead, Note>;

struct Sink {
  virtual ~Sink() = default;
  virtual void on(const Event& event) = 0;
};

}  // namespace loopstall
