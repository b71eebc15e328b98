#include <bpf/bpf.h>
#include <fmt/format.h>

#include <utility>

#include "capture/epolls.h"
#include "capture/impl.h"

namespace loopstall {

namespace {

Result<> put_target(const Objects& objects, int pid, const ls_target& target) {
  if (bpf_map_update_elem(bpf_map__fd(objects.boundary->maps.targets), &pid, &target, BPF_ANY))
    return system_error(fmt::format("can not watch process {}", pid), errno, ExitCode::CannotMeasure);
  if (objects.queue) objects.queue->find_sockets(pid);
  return {};
}

}  // namespace

Result<> Capture::follow_children_of(int pid) { return put_target(impl_->objects, pid, {0, 0, 0, 1, 0}); }

Result<> Capture::add_process(int pid, std::uint32_t wait_frame_bytes) {
  return put_target(impl_->objects, pid, {epoll_descriptors(pid), 0, wait_frame_bytes, 0, 0});
}

Result<> Capture::seed_threads() { return run_iterator(impl_->objects.boundary->progs.seed_threads); }

void Capture::set_traits(LoopId loop, const KernelTraits& traits) {
  const auto found = impl_->slot_of.find(loop);
  if (found == impl_->slot_of.end()) return;
  ls_slot& slot = impl_->slots[found->second];
  slot.wait_frame = traits.wait_frame_bytes;
  std::uint32_t bits = slot.traits & (LS_TRAIT_CONFIRMED | LS_TRAIT_WAIT_SEEN);
  if (traits.zero_then_blocking_is_one_wait) bits |= LS_TRAIT_ZERO_THEN_BLOCK;
  if (traits.futex_sleep_ends_iteration) bits |= LS_TRAIT_EXECUTOR;
  if (traits.reenters) bits |= LS_TRAIT_REENTERS;
  if (!traits.reads_ahead_of_the_work) bits |= LS_TRAIT_WORKS_ON_READ;
  slot.traits = bits;
}

void Capture::set_confirmed(LoopId loop) {
  const auto found = impl_->slot_of.find(loop);
  if (found == impl_->slot_of.end()) return;
  impl_->slots[found->second].traits |= LS_TRAIT_CONFIRMED;
  impl_->find_only_loop();
}

bool Capture::presume_loop(int tid, int epoll_fd) {
  auto& boundary = *impl_->objects.boundary;
  boundary.bss->presumed_epoll = epoll_fd;
  boundary.bss->presumed_tid = static_cast<std::uint32_t>(tid);
  const bool ran = static_cast<bool>(run_iterator(boundary.progs.presume_loop));
  return ran && std::exchange(boundary.bss->presumed_tid, 0) == 0;
}

const std::string& Capture::no_evidence() const { return impl_->objects.split.no_evidence; }

const std::string& Capture::no_queue_delay() const { return impl_->objects.queue.why_not; }

const std::string& Capture::no_requests() const { return impl_->objects.requests.why_not; }

Result<> Capture::set_python(int pid, const PythonMap& p) {
  const bpf_map* map = impl_->objects.split.map("pythons");
  if (!map) return {};
  const ls_python value = {p.interpreters,   p.code_type,        p.gil,           p.interp_next,
                           p.interp_threads, p.interp_gil,       p.thread_next,   p.thread_interp,
                           p.thread_id,      p.thread_native_id, p.thread_frame,  p.has_cframe,
                           p.cframe_frame,   p.frame_begin,      p.frame_bytes,   p.frame_previous,
                           p.frame_code,     p.frame_instr,      p.frame_owner,   p.owner_shim,
                           p.lasti_unit,     p.code_bytes,       p.code_filename, p.code_name,
                           p.code_linetable, p.code_first_line,  p.code_start,    0};
  if (bpf_map_update_elem(bpf_map__fd(map), &pid, &value, BPF_ANY))
    return system_error(fmt::format("can not tell the kernel side of process {}'s Python", pid));
  // A loop that was looked at in its wait already has no Python frames in that look.
  for (const auto& [index, reader] : impl_->open)
    if (static_cast<int>(impl_->slots[index].pid) == pid)
      impl_->slots[index].traits &= ~std::uint32_t{LS_TRAIT_WAIT_SEEN};
  return {};
}

void Capture::forget_python(int pid) {
  if (const bpf_map* map = impl_->objects.split.map("pythons")) bpf_map_delete_elem(bpf_map__fd(map), &pid);
}

void Capture::set_stack_end(LoopId loop, std::uint64_t address) {
  const auto found = impl_->slot_of.find(loop);
  if (found != impl_->slot_of.end()) impl_->slots[found->second].stack_end = address;
}

}  // namespace loopstall
