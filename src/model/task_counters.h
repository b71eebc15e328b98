// What is counted of task steps.
#pragma once

#include "model/queue.h"
#include "model/values.h"

namespace loopstall {

// Deltas and totals are the same type. In split there are no clock samples.
struct TaskCounters {
  std::uint64_t steps = 0;
  std::uint64_t hold_ns = 0;
  std::uint64_t stalls = 0;  // steps that reached the threshold by themselves
  Split split;
  Blame blame{};  // queue delay: the waiting of sockets that they inflicted
  TaskCounters& operator+=(const TaskCounters& o);
  TaskCounters& operator-=(const TaskCounters& o);
  bool operator==(const TaskCounters&) const = default;
};

// In which part of the session task steps of a loop were counted. All of the steps in it were.
struct TaskCoverage {
  std::uint64_t measured_ns = 0;  // time with the probes in place
  std::uint64_t iterations = 0;   // of the loop in that time ...
  std::uint64_t busy_ns = 0;      // ... and their busy time
  TaskCoverage& operator+=(const TaskCoverage& o);
  bool operator==(const TaskCoverage&) const = default;
};

}  // namespace loopstall
