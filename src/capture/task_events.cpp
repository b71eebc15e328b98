// The tier tasks, as Capture offers it.
#include "base/clock.h"
#include "capture/impl.h"

namespace loopstall {

void Capture::Impl::on_task(const ls_record_task& record) {
  const auto found = open.find(record.head.slot);
  if (found != open.end()) tasks.on_task(record, found->second.loop(), *observer);
}

void Capture::Impl::on_step(const ls_record_step& record) {
  const auto found = open.find(record.head.slot);
  auto step = tasks.to_step(record);
  if (found == open.end() || !step) return;
  step->loop = found->second.loop();
  observer->on_step(*step);
}

void Capture::Impl::begin_coverage(LoopId loop, const ls_slot& slot, std::uint64_t now_ns) {
  if (tasks.in_window(static_cast<int>(slot.pid))) coverage[loop].begin(slot, now_ns);
}

void Capture::Impl::end_coverage(int pid, std::uint64_t now_ns) {
  for (auto& [loop, meter] : coverage) {
    const ls_slot& slot = slots[slot_of[loop]];
    if (static_cast<int>(slot.pid) == pid) meter.end(slot, now_ns);
  }
}

void Capture::Impl::forget_tasks(int pid) {
  if (tasks.in_window(pid)) end_coverage(pid, monotonic_ns());
  tasks.forget(pid);
}

// Before the loop is told to be closed, as its slot may have another one soon. Its own records came before this one;
// other loops' may stand behind it in the ring, and theirs is not the time to say that they have none.
void Capture::Impl::close_tasks(LoopId loop, std::uint32_t slot, std::uint64_t now_ns) {
  const auto met = coverage.find(loop);
  if (met == coverage.end()) return;
  observer->on(TaskCoverageRead{loop, met->second.read(slots[slot], now_ns)});
  coverage.erase(met);
  tasks.announce_others(tasks.unknown(), {{slot, loop}}, *observer);
  tasks.read(true, *observer);
  tasks.close_slot(slot);
}

// A task's record comes before its steps are counted, so what was not known before another look at the ring, and is not
// known after it, has none.
void Capture::Impl::read_tasks(std::uint64_t now_ns, bool last) {
  if (last) tasks.stop();
  if (const auto unknown = tasks.unknown(); !unknown.empty()) {
    ring_buffer__consume(ring.get());
    drain_samples();  // the looks at the steps that it brought
    tasks.announce_others(unknown, open_loops(), *observer);
  }
  tasks.read(last, *observer);
  for (const auto& [loop, meter] : coverage)
    observer->on(TaskCoverageRead{loop, meter.read(slots[slot_of[loop]], now_ns)});
}

const std::string& Capture::no_tasks() const { return impl_->tasks.refused(); }

Result<> Capture::begin_tasks(int pid, const TaskPlan& plan) {
  if (auto begun = impl_->tasks.begin(pid, plan, impl_->objects); !begun) return begun;
  const std::uint64_t now = monotonic_ns();
  for (const auto& [loop, slot] : impl_->slot_of)
    if (static_cast<int>(impl_->slots[slot].pid) == pid) impl_->begin_coverage(loop, impl_->slots[slot], now);
  return {};
}

void Capture::end_tasks(int pid) {
  if (!impl_->tasks.in_window(pid)) return;
  impl_->end_coverage(pid, monotonic_ns());
  impl_->tasks.end(pid);
}

void Capture::want_handlers(TaskId task, bool wanted) { impl_->tasks.want_handlers(task, wanted); }

Capture::TaskCost Capture::task_cost(int pid) const {
  return impl_->tasks.cost(pid, bpf_map__fd(impl_->objects.boundary->maps.costs));
}

}  // namespace loopstall
