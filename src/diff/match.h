// What of one session is what of the other. Loops by their thread's name (digits aside), runtime (without versions) and
// whether it is the process' main thread; all that are the same in this are taken together. Tasks by kind, name and
// file of the task and of the handler; lines may move.
#pragma once

#include <string>
#include <vector>

#include "model/summary.h"

namespace loopstall {

struct LoopGroup {
  std::string name;
  std::string comm, runtime;
  bool main = false;
  std::vector<std::size_t> loops;  // places in Summary::loops
};

struct LoopPair {
  LoopGroup before, after;  // without loops: there is none
  std::string how;          // "" by all three
};

std::vector<LoopPair> match_loops(const Summary& before, const Summary& after);

struct TaskRows {
  std::vector<const TaskSummary*> before, after;
};

// The tasks of one pair.
std::vector<TaskRows> match_tasks(const LoopPair& pair, const Summary& before, const Summary& after);

}  // namespace loopstall
