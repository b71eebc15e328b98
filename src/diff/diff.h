// Two sessions compared: what is new, gone, better or worse, by how much, and whether that is more than noise.
//
// Each loop's own times and each task's hold times are compared by their mean and by three quantiles. A difference is
// told only if the whole confidence interval, made by resampling blocks of time (model/resample.h), lies beyond the
// tolerance. The level is divided by the number of all comparisons (Bonferroni). Three things that are no change of the
// program are given the benefit of the doubt:
// - Run-queue delay. A loop's own time is without it. Of a task it is taken off the mean; from a quantile as much is
//   taken off as if all of it had fallen upon the steps beyond that quantile.
// - A mixture that shifts. Where short and long steps alternate, a quantile may jump from one kind to the other. So
// what
//   was shorter is taken at a rank beyond which a fifth fewer steps lie, what was longer where a fifth more do.
// - What differs between two runs of the same program: the tolerance.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "diff/match.h"
#include "diff/requests.h"
#include "model/resample.h"

namespace loopstall {

struct Tolerance {
  double share = 0.2;          // a change of less, or ...
  std::uint64_t ns = 100'000;  // ... of less is none
  double level = 0.01;         // of all comparisons together
};

enum class Verdict { Same, Worse, Better, New, Gone, Untested };
std::string_view verdict_name(Verdict verdict);

// One number of a thing in both sessions.
struct Change {
  std::string_view name;  // "p50", "p90", "p99", "mean"
  Estimate before, after;
  Interval ratio{};  // after / before, at the level of one comparison
  bool worse = false, better = false;
};

// What sockets waited. It is shown and not tested: a socket also waits while others have the CPU, which is no change of
// the program, and unlike a step's hold time it can not be told what of it that was.
struct Waiting {
  bool measured = false;
  Distribution delay{};  // of a loop: queue delay of reads
  Blame blame{};         // of a task
  std::uint64_t total_ns = 0;
  double ns_per_s = 0;  // of the time in which it was measured
};

struct Side {
  std::uint64_t count = 0;  // iterations or steps; 0: it is not in this session
  double per_s = 0;
  double share = 0;     // of the time watched: a loop's utilization; of its loop's busy time: a task's
  Distribution values;  // what is compared: own times, or hold times
  Distribution busy;    // of a loop
  std::uint64_t runqueue_ns = 0;
  std::uint64_t own_mean_ns = 0;  // without run-queue delay
  std::size_t blocks = 0, occupied = 0;
  Waiting waiting{};
};

struct Item {
  std::string loop;     // the name of the loop, or of that of the task
  std::string matched;  // how, if that has to be told
  bool is_task = false;
  TaskKind kind = TaskKind::Task;
  SourceName source, handler;  // of a task, as in the later session that has it
  bool estimated = false;      // whose steps they were is known from few looks
  Side before, after;
  Verdict verdict = Verdict::Untested;
  std::string_view why;  // it was not tested
  std::vector<Change> changes{};
};

struct Diff {
  std::array<SessionInfo, 2> sessions;  // before, after
  std::array<std::size_t, 2> blocks{};  // of time
  std::vector<Item> loops{}, tasks{};   // differences first, then most time first
  std::array<bool, 2> asked_for_requests{};
  std::vector<RequestChange> requests{};
  Tolerance tolerance;
  std::size_t comparisons = 0;
  std::array<std::size_t, 2> tasks_without_blocks{};  // there was no room for them in the recording
  std::vector<std::string> notes{};                   // what to know about all of this
};

Diff compare(const Summary& before, const Summary& after, const Tolerance& tolerance = {});

// In both lists.
std::size_t count_of(const Diff& diff, Verdict verdict);
bool knows_waiting(const Diff& diff);
inline bool knows_requests(const Diff& diff) { return diff.asked_for_requests[0] || diff.asked_for_requests[1]; }
inline bool is_difference(Verdict v) { return v != Verdict::Same && v != Verdict::Untested; }

}  // namespace loopstall
