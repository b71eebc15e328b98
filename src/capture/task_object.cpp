#include "capture/task_object.h"

#include <fmt/format.h>

#include <algorithm>

#include "capture/configure.h"
#include "capture/shared_maps.h"

namespace loopstall {
namespace {

bpf_program* program_for(const tasks_bpf& skeleton, ProbeSite::What what) {
  switch (what) {
    case ProbeSite::What::ContextEnter:
      return skeleton.progs.on_context_enter;
    case ProbeSite::What::ContextExit:
      return skeleton.progs.on_context_exit;
    case ProbeSite::What::RunningLoop:
      return skeleton.progs.on_running_loop;
    case ProbeSite::What::ContextRun:
      break;
  }
  return skeleton.progs.on_context_run;
}

void set_kind(const decltype(tasks_bpf::progs)& programs, UprobeKind kind) {
  for (bpf_program* program : {programs.on_context_run, programs.on_context_enter, programs.on_context_exit,
                               programs.on_running_loop, programs.on_trap})
    set_uprobe_kind(program, kind);
}

// The frames that tell when a step has ended are those of the looks: without looks there are none.
int share_python(const SplitObject& split, bpf_map* copy) {
  const bpf_map* map = split.map("pythons");
  return map ? -bpf_map__reuse_fd(copy, bpf_map__fd(map)) : 0;
}

Result<> map_arrays(TaskObject& object) {
  const auto& maps = object.skeleton->maps;
  auto stats = MappedArray<ls_task_stat>::map(bpf_map__fd(maps.task_stats), LS_MAX_TASKS, "the tasks' counters");
  if (!stats) return tl::unexpected(stats.error());
  auto plans = MappedArray<ls_task_plan>::map(bpf_map__fd(maps.task_plans), LS_MAX_TASK_PLANS, "the tasks' plans");
  if (!plans) return tl::unexpected(plans.error());
  object.stats = std::move(*stats);
  object.plans = std::move(*plans);
  return {};
}

}  // namespace

Result<TaskObject> TaskObject::load(const Objects& others, const CaptureOptions& options, UprobeKind kind) {
  TaskObject object;
  object.kind = kind;
  object.skeleton.reset(tasks_bpf__open());
  if (!object.skeleton) return load_error("tasks", errno);
  set_kind(object.skeleton->progs, kind);
  if (const int err = prepare_beside(*others.boundary, *object.skeleton, options)) return load_error("tasks", err);
  if (const int err = share_python(others.split, object.skeleton->maps.pythons)) return load_error("tasks", err);
  if (const int err = tasks_bpf__load(object.skeleton.get())) return load_error("tasks", -err);
  if (auto mapped = map_arrays(object); !mapped) return tl::unexpected(mapped.error());
  return object;
}

Result<Uprobe> TaskObject::attach(const ProbeSite& site, int pid, std::uint32_t plan) const {
  const std::uint64_t cookie = plan | (site.argument == 1 ? LS_TASK_SECOND_ARGUMENT : 0);
  Uprobe probe = attach_uprobe(program_for(*skeleton, site.what), kind, pid, site, cookie);
  if (probe) return probe;
  const int err = errno;
  if (err == EACCES || err == EPERM) return cannot_measure("probes in a process take CAP_SYS_ADMIN on this kernel");
  return cannot_measure(fmt::format("can not put a probe at {:#x} of {}: {}\n{}", site.offset, site.file,
                                    std::strerror(err), take_libbpf_log()));
}

std::uint64_t TaskObject::missed_runs() const {
  std::uint64_t misses = 0;
  const auto& progs = skeleton->progs;
  for (const bpf_program* program :
       {progs.on_context_run, progs.on_context_enter, progs.on_context_exit, progs.on_running_loop})
    misses += recursion_misses(program);
  return misses;
}

std::uint32_t TaskObject::stats_used() const {
  return std::min<std::uint32_t>(skeleton->data->stats_used, LS_MAX_TASKS);
}

}  // namespace loopstall
