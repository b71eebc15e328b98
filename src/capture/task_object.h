// The BPF object of the tier tasks, loaded on the maps of the others when it is first needed.
#pragma once

#include <task.h>
#include <tasks.skel.h>

#include <memory>
#include <optional>

#include "base/result.h"
#include "capture/capture.h"
#include "capture/mapped_array.h"
#include "capture/objects.h"
#include "capture/uprobe.h"

namespace loopstall {

struct TasksDeleter {
  void operator()(tasks_bpf* skeleton) const { tasks_bpf__destroy(skeleton); }
};

struct TaskObject {
  UprobeKind kind = UprobeKind::Multi;
  std::unique_ptr<tasks_bpf, TasksDeleter> skeleton;
  MappedArray<ls_task_stat> stats;
  MappedArray<ls_task_plan> plans;

  static Result<TaskObject> load(const Objects& others, const CaptureOptions& options, UprobeKind kind);
  // A probe in process pid. plan: its index.
  Result<Uprobe> attach(const ProbeSite& site, int pid, std::uint32_t plan) const;
  std::uint32_t stats_used() const;
  std::uint64_t missed_runs() const;
};

// A probe that does nothing, on a function of our own.
Uprobe trap_ourselves(const TaskObject& object);
// What a trap into the kernel and back costs here: that function with the probe and without it. nullopt: the probe can
// not be had, or does not run in this thread.
std::optional<std::uint64_t> measure_trap(const TaskObject& object);

}  // namespace loopstall
