#include <bpf/bpf.h>

#include "base/clock.h"
#include "capture/impl.h"
#include "capture/sleepers.h"

namespace loopstall {

namespace {

struct WaitsSeen {
  std::uint32_t waits = 0;  // in any target
  bool by_all = true;       // no measured one without any
};

WaitsSeen waits_seen(int targets_fd) {
  WaitsSeen seen;
  std::uint32_t pid = 0;
  for (int err = bpf_map_get_next_key(targets_fd, nullptr, &pid); !err;
       err = bpf_map_get_next_key(targets_fd, &pid, &pid)) {
    ls_target target{};
    if (bpf_map_lookup_elem(targets_fd, &pid, &target)) continue;
    seen.waits |= target.waits;
    seen.by_all &= target.waits || target.follow_only;
  }
  return seen;
}

}  // namespace

void Capture::Impl::read_queue(LoopId loop, std::uint32_t index, std::uint64_t now_ns) {
  if (objects.queue) observer->on(queues[loop].read(loop, objects.queue->queues[index], now_ns));
}

void Capture::Impl::find_only_loop() {
  if (!objects.queue) return;
  std::optional<std::uint32_t> only;
  for (const auto& [slot, reader] : open) {
    if (!(slots[slot].traits & LS_TRAIT_CONFIRMED)) continue;
    if (only) return objects.queue->set_only_loop(std::nullopt);
    only = slot;
  }
  objects.queue->set_only_loop(only);
}

LoopsBySlot Capture::Impl::open_loops() const {
  LoopsBySlot loops;
  for (const auto& [index, reader] : open) loops[index] = reader.loop();
  return loops;
}

void Capture::Impl::read_requests() {
  if (objects.requests) requests.read(*objects.requests.object, open_loops(), *observer);
}

void Capture::Impl::close_requests(std::uint32_t slot) {
  if (!objects.requests) return;
  read_requests();
  requests.close_slot(*objects.requests.object, slot);
}

Blame Capture::Impl::open_delay_of(std::uint32_t index, std::uint64_t start_ns, std::uint64_t now_ns) const {
  return objects.queue ? open_delay(objects.queue->queues[index], start_ns, now_ns) : Blame{};
}

void Capture::Impl::read_slot(SlotReader& reader, std::uint32_t index, std::uint64_t now_ns) {
  observer->on(reader.read(slots[index], now_ns));
  read_queue(reader.loop(), index, now_ns);
}

// The last reading: an iteration that is still open and long enough is a stall, and its time so far is busy time.
void Capture::Impl::finish_slot(SlotReader& reader, std::uint32_t index, std::uint64_t now_ns) {
  LoopSample sample = reader.read(slots[index], now_ns);
  OpenIteration last = open_iteration(reader.last(), now_ns, threshold_ns);
  if (last.stalled) {
    last.stall.loop = reader.loop();
    last.stall.pid = static_cast<int>(reader.last().pid);
    last.stall.tid = static_cast<int>(reader.last().tid);
    last.stall.delayed = open_delay_of(index, last.stall.start_ns, now_ns);
    sample.delta.stalls += 1;
    sample.delta.busy_ns += last.stall.busy_ns;
    sample.delta.split += last.stall.split;
  }
  observer->on(sample);
  read_queue(reader.loop(), index, now_ns);
  if (!last.stalled) return;
  if (auto asleep = asleep_look(reader.loop(), index, last.stall.iteration, now_ns))
    observer->on_sample(std::move(*asleep));
  observer->on(StallSeen{last.stall});
}

// The look at a sleep stays in the kernel until the sleep ends.
std::optional<RawSample> Capture::Impl::asleep_look(LoopId loop, std::uint32_t index, std::uint64_t iteration,
                                                    std::uint64_t now_ns) {
  if (slots[index].off != LS_OFF_BLOCKED || !objects.split.has_evidence()) return std::nullopt;
  const Sleeper sleeper{static_cast<int>(slots[index].pid), static_cast<int>(slots[index].tid), index, iteration};
  std::optional<RawSample> look = find_asleep_look(objects.split, sleeper, now_ns);
  if (!look) return std::nullopt;
  look->loop = loop;
  look->tid = sleeper.tid;
  return look;
}

// Its first cache line is read in place: this is done several times a second.
void Capture::Impl::report_ongoing(LoopId loop, std::uint32_t index, std::uint64_t now_ns) {
  OpenIteration open_now = open_iteration_now(slots[index], now_ns, threshold_ns);
  if (!open_now.stalled) return;
  open_now.stall.loop = loop;
  open_now.stall.pid = static_cast<int>(slots[index].pid);
  open_now.stall.tid = static_cast<int>(slots[index].tid);
  open_now.stall.delayed = open_delay_of(index, open_now.stall.start_ns, now_ns);
  observer->on_ongoing(open_now.stall, asleep_look(loop, index, open_now.stall.iteration, now_ns));
}

void Capture::Impl::update_waits(std::uint64_t now_ns) {
  if (std::exchange(exec_seen, false)) objects.waits->learn_again(now_ns);
  static_cast<void>(run_iterator(objects.boundary->progs.seed_threads));
  const WaitsSeen seen = waits_seen(bpf_map__fd(objects.boundary->maps.targets));
  objects.waits->update(seen.waits, seen.by_all, now_ns);
}

int Capture::fd() const { return impl_->ready.get(); }

void Capture::drain(Observer& observer) {
  impl_->observer = &observer;
  ring_buffer__consume(impl_->ring.get());
  impl_->drain_samples();
}

void Capture::read(Observer& observer) {
  drain(observer);
  const std::uint64_t now = monotonic_ns();
  for (auto& [slot, reader] : impl_->open) impl_->read_slot(reader, slot, now);
  impl_->read_tasks(now, false);
  impl_->read_requests();
  observer.on(ReadingEnded{now});
}

void Capture::snapshot(Observer& observer) {
  read(observer);
  const std::uint64_t now = monotonic_ns();
  for (const auto& [slot, reader] : impl_->open)
    if (!(impl_->slots[slot].traits & LS_TRAIT_CONFIRMED)) impl_->ask_about(reader.loop(), impl_->slots[slot]);
  observer.on(CostRead{impl_->cost()});
  observer.on(LostRead{impl_->lost()});
  impl_->update_waits(now);
}

void Capture::report_ongoing(Observer& observer) {
  impl_->observer = &observer;
  const std::uint64_t now = monotonic_ns();
  for (const auto& [slot, reader] : impl_->open) impl_->report_ongoing(reader.loop(), slot, now);
}

void Capture::finish(Observer& observer) {
  drain(observer);
  const std::uint64_t end = monotonic_ns();
  for (auto& [slot, reader] : impl_->open) impl_->finish_slot(reader, slot, end);
  impl_->read_tasks(end, true);
  impl_->read_requests();
  observer.on(ReadingEnded{end});
  observer.on(CostRead{impl_->cost()});
  observer.on(LostRead{impl_->lost()});
}

}  // namespace loopstall
