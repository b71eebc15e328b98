// One finished value from which every report is made: a report does no arithmetic but scaling to its units.
#pragma once

#include <utility>

#include "model/arrival.h"
#include "model/distribution.h"
#include "model/session.h"

namespace loopstall {

struct LoopSummary {
  Loop loop;  // identity and counters
  Distribution busy, own;
  double utilization = 0;       // busy / (busy + idle), 0 when neither was seen
  double iterations_per_s = 0;  // over the time the loop was watched
  double events_per_wait = 0;
  std::uint64_t steps = 0;         // task steps, counted in the time that loop.tasks tells
  double steps_per_iteration = 0;  // in that time
  std::uint64_t watched_ns = 0;
  std::int64_t unaccounted_ns = 0;  // busy - (cpu + blocked + runqueue): time that nobody booked
  Distribution delay{}, accept{};   // of loop.queue
  ArrivalWaits arrival{};
  std::uint64_t waited_ns = 0;  // by sockets with data ready, all of it; tasks' blame and loop_blame_ns add up to it
  std::uint64_t tasks_blame_ns = 0;  // of that: while steps of tasks ran
  std::uint64_t loop_blame_ns = 0;   // the rest: the loop's own work, waking up, and steps that were not counted
};

// Steps of one task, or of one handler that a task ran. The rows of a task are disjoint: together they are all of its
// steps.
struct TaskSummary {
  Task task;             // identity, and the total of all of its rows; histogram and handlers are left out
  std::size_t loop = 0;  // its place in Summary::loops
  int pid = 0, tid = 0;
  std::string comm;
  SourceName handler;                 // "" in the row of the steps whose handler is not told
  std::uint64_t estimated_steps = 0;  // of total.steps: known to be the handler's from few looks only
  TaskCounters total;
  Distribution hold;
  std::vector<Shared<TaskBlock>> blocks{};  // of these steps; empty if task.blocks_dropped
  double share = 0;                         // of its loop's busy time while task steps were counted
  double steps_per_s = 0;                   // while they were counted
};

// Requests of one name, on whatever loops.
struct RequestSummary {
  RequestName name;
  std::uint64_t count = 0;
  double per_second = 0;
  Distribution hold{};                                       // of those of which it is known
  std::vector<std::pair<std::size_t, std::uint64_t>> loops;  // place in Summary::loops, count
};

struct Summary {
  SessionInfo info;
  std::vector<Process> processes;
  std::vector<LoopSummary> loops;        // confirmed, most stalls' time first
  std::vector<LoopSummary> unconfirmed;  // shown with the reason, no stalls
  std::vector<Stall> stalls;             // confirmed loops' only, longest first
  std::vector<TaskSummary> tasks;        // of confirmed loops, worst first
  std::uint64_t stalls_total = 0;        // of confirmed loops, exact
  std::vector<StallGroup> groups;        // of confirmed loops, worst first; those with nobody named are among them
  bool knows_blame = false;              // queue delay was measured: groups and tasks with most blame come first
  std::vector<StallGroup> loop_groups;   // the same, those of different loops apart
  std::uint64_t stalls_explained = 0;    // that are in a group
  std::uint64_t stalls_not_grouped = 0;  // with evidence, but there was no group left
  Cost cost;
  Lost lost;
  std::vector<std::string> notes;
  BlockGrid blocks{};
  std::vector<MergedRecording> recordings{};  // of a merged session
  std::vector<RequestSummary> requests{};     // of confirmed loops, those that held the loops longest first
  RequestReads request_reads{};               // of confirmed loops
  Distribution busy{}, own{};                 // of all confirmed loops together
};

Summary summarize(const Session& session);

}  // namespace loopstall
