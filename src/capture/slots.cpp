#include "capture/slots.h"

#include <bpf/bpf.h>

#include <atomic>

namespace loopstall {

static_assert(static_cast<int>(Waited::Kind::Other) == LS_MEMBER_OTHER, "Waited::Kind mirrors enum ls_member_kind");

namespace {

std::uint64_t sequence(const ls_slot& slot) {
  return std::atomic_ref<const std::uint64_t>(slot.seq).load(std::memory_order_acquire);
}

// A copy that no iteration was added to meanwhile, if a few tries give one.
void copy_stable(ls_slot& to, const ls_slot& from) {
  for (int tries = 0; tries < 4; ++tries) {
    const std::uint64_t before = sequence(from);
    std::memcpy(&to, &from, sizeof(to));
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 == 0 && sequence(from) == before) return;
  }
}

Split difference(const ls_split& now, const ls_split& before) {
  return {now.cpu_ns - before.cpu_ns, now.blocked_ns - before.blocked_ns, now.runqueue_ns - before.runqueue_ns,
          now.user_samples - before.user_samples, now.kernel_samples - before.kernel_samples};
}

LoopCounters difference(const ls_slot& now, const ls_slot& before) {
  LoopCounters delta;
  delta.iterations = now.iterations - before.iterations;
  delta.busy_ns = now.busy_ns - before.busy_ns;
  delta.events = now.events - before.events;
  delta.stalls = now.stalls - before.stalls;
  delta.discarded = now.discarded - before.discarded;
  delta.split = difference(now.split, before.split);
  return delta;
}

std::uint64_t since(std::uint64_t start, std::uint64_t now) { return start && now > start ? now - start : 0; }

Split open_split(const ls_slot& slot, std::uint64_t now_ns, std::uint64_t busy_ns) {
  Split split;
  const std::uint64_t off = since(slot.off_since, now_ns);
  split.blocked_ns = slot.open_blocked + (slot.off == LS_OFF_BLOCKED ? off : 0);
  split.runqueue_ns = slot.open_runqueue + (slot.off == LS_OFF_RUNQUEUE ? off : 0);
  // Its CPU clock can't be read from here; what was neither asleep nor queued was on a CPU.
  const std::uint64_t elsewhere = split.blocked_ns + split.runqueue_ns;
  split.cpu_ns = busy_ns > elsewhere ? busy_ns - elsewhere : 0;
  split.user_samples = slot.fine_user - slot.open_user;
  split.kernel_samples = slot.fine_kernel - slot.open_kernel;
  return split;
}

}  // namespace

std::vector<BucketDelta> changed_buckets(const ls_dist& now, const ls_dist& before) {
  std::vector<BucketDelta> changed;
  if (!now.max_ns) return changed;
  const std::uint32_t last = ls_bucket(now.max_ns);
  for (std::uint32_t b = ls_bucket(now.min_ns); b <= last; ++b)
    if (now.buckets[b].count != before.buckets[b].count)
      changed.push_back(
          {b, now.buckets[b].count - before.buckets[b].count, now.buckets[b].sum - before.buckets[b].sum});
  return changed;
}

LoopSample SlotReader::read(const ls_slot& slot, std::uint64_t now_ns) {
  auto now = std::make_unique<ls_slot>();
  copy_stable(*now, slot);
  LoopSample sample;
  sample.loop = loop_;
  sample.at_ns = now_ns;
  sample.delta = difference(*now, *last_);
  const std::uint64_t idle = now->idle_ns + since(now->wait_since, now_ns);
  if (idle > last_idle_ns_) sample.delta.idle_ns = idle - std::exchange(last_idle_ns_, idle);
  sample.busy = changed_buckets(now->busy, last_->busy);
  sample.own = changed_buckets(now->own, last_->own);
  sample.busy_min_ns = now->busy.min_ns;
  sample.busy_max_ns = now->busy.max_ns;
  sample.own_min_ns = now->own.min_ns;
  sample.own_max_ns = now->own.max_ns;
  sample.wait = static_cast<Wait>(now->wait);
  last_ = std::move(now);
  return sample;
}

Result<SlotTable> SlotTable::map(int map_fd, int free_fd, std::uint32_t slots) {
  auto memory = MappedArray<ls_slot>::map(map_fd, slots, "the loops' counters");
  if (!memory) return tl::unexpected(memory.error());
  SlotTable table(std::move(*memory), slots, free_fd);
  for (std::uint32_t i = 0; i < slots; ++i)
    if (bpf_map_update_elem(free_fd, nullptr, &i, BPF_ANY))
      return system_error("can not fill the queue of free slots", errno, ExitCode::CannotMeasure);
  return table;
}

void SlotTable::release(std::uint32_t index) {
  std::memset(&(*this)[index], 0, sizeof(ls_slot));
  bpf_map_update_elem(free_fd_, nullptr, &index, BPF_ANY);
}

std::vector<Waited> waited_descriptors(const ls_slot& slot) {
  std::vector<Waited> members;
  const std::uint32_t n = slot.set_nfds ? std::min<std::uint32_t>(slot.set_members, LS_SET_MEMBERS) : 0;
  for (const ls_member* m = slot.set; m != slot.set + n; ++m)
    members.push_back({m->fd, static_cast<Waited::Kind>(m->kind), m->inode});
  return members;
}

OpenIteration open_iteration(const ls_slot& slot, std::uint64_t now_ns, std::uint64_t threshold_ns) {
  OpenIteration open;
  const std::uint64_t busy = since(slot.busy_since, now_ns);
  if (!busy || busy < threshold_ns) return open;
  open.stalled = true;
  open.stall.before_attach = slot.before_attach != 0;
  open.stall.iteration = open.stall.before_attach ? 0 : slot.iterations + 1;
  open.stall.start_ns = slot.busy_since;
  open.stall.busy_ns = busy;
  open.stall.split = open_split(slot, now_ns, busy);
  open.stall.ongoing = true;
  return open;
}

OpenIteration open_iteration_now(const ls_slot& slot, std::uint64_t now_ns, std::uint64_t threshold_ns) {
  const std::uint64_t before = sequence(slot);
  const OpenIteration open = open_iteration(slot, now_ns, threshold_ns);
  std::atomic_thread_fence(std::memory_order_acquire);
  return before % 2 == 0 && sequence(slot) == before ? open : OpenIteration{};
}

}  // namespace loopstall
