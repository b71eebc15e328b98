#include "model/task.h"

#include <array>

#include "model/names.h"

namespace loopstall {
namespace {

constexpr std::array<std::string_view, 5> kKindNames{"other", "task", "callback", "timer", "signal"};

}  // namespace

std::string_view task_kind_name(TaskKind kind) { return name_in(kKindNames, kind); }
TaskKind task_kind_from_name(std::string_view name) { return from_name<TaskKind>(kKindNames, name); }

TaskCounters& TaskCounters::operator+=(const TaskCounters& o) {
  steps += o.steps;
  hold_ns += o.hold_ns;
  stalls += o.stalls;
  split += o.split;
  blame += o.blame;
  return *this;
}

TaskCoverage& TaskCoverage::operator+=(const TaskCoverage& o) {
  measured_ns += o.measured_ns;
  iterations += o.iterations;
  busy_ns += o.busy_ns;
  return *this;
}

TaskCounters& TaskCounters::operator-=(const TaskCounters& o) {
  steps -= o.steps;
  hold_ns -= o.hold_ns;
  stalls -= o.stalls;
  split -= o.split;
  blame.total_ns -= o.blame.total_ns;
  blame.sockets -= o.blame.sockets;
  return *this;
}

}  // namespace loopstall
