// The BPF object of the tier tasks, loaded on the maps of the others when it is first needed.
#pragma once

#include <task.h>
#include <tasks.skel.h>

#include <memory>

#include "base/result.h"
#include "capture/capture.h"
#include "capture/link.h"
#include "capture/mapped_array.h"
#include "capture/objects.h"

namespace loopstall {

struct TasksDeleter {
  void operator()(tasks_bpf* skeleton) const { tasks_bpf__destroy(skeleton); }
};

struct TaskObject {
  std::unique_ptr<tasks_bpf, TasksDeleter> skeleton;
  MappedArray<ls_task_stat> stats;
  MappedArray<ls_task_plan> plans;

  static Result<TaskObject> load(const Objects& others, const CaptureOptions& options);
  // A probe in process pid. cookie: a plan's index and bits of probes/task.h.
  Result<Link> attach(const ProbeSite& site, int pid, std::uint32_t plan) const;
  std::uint32_t stats_used() const;
  std::uint64_t missed_runs() const;
};

// What a trap into the kernel and back costs here: with a probe that does nothing on a function of our own. The probe
// is left to the caller, as taking it out takes time; null: it could not be measured, and ns is 0.
struct Trap {
  std::uint64_t ns = 0;
  Link link;
};
Trap measure_trap(const TaskObject& object);

}  // namespace loopstall
