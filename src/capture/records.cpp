#include "capture/impl.h"
#include "capture/samples.h"

namespace loopstall {

static_assert(static_cast<int>(Wait::IoUringEnter) == LS_WAIT_IO_URING_ENTER, "Wait mirrors enum ls_wait");

namespace {

Split to_split(const ls_split& s) { return {s.cpu_ns, s.blocked_ns, s.runqueue_ns, s.user_samples, s.kernel_samples}; }

}  // namespace

void Capture::Impl::on_record(const ls_record& record) {
  const void* data = &record;
  switch (static_cast<ls_record_kind>(record.kind)) {
    case LS_RECORD_LOOP_OPENED:
      return on_opened(*static_cast<const ls_record_loop*>(data));
    case LS_RECORD_LOOP_CLOSED:
      return on_closed(*static_cast<const ls_record_loop*>(data));
    case LS_RECORD_LOOP_SET:
      return on_set(*static_cast<const ls_record_loop*>(data));
    case LS_RECORD_STALL:
      return on_stall(*static_cast<const ls_record_stall*>(data));
    case LS_RECORD_ITERATION:
      return on_iteration(*static_cast<const ls_record_iteration*>(data));
    case LS_RECORD_FORK:
    case LS_RECORD_EXEC:
    case LS_RECORD_EXIT:
      return on_process(*static_cast<const ls_record_process*>(data));
    case LS_RECORD_TASK:
      return on_task(*static_cast<const ls_record_task*>(data));
    case LS_RECORD_STEP:
      return on_step(*static_cast<const ls_record_step*>(data));
    case LS_RECORD_SAMPLE:
      return;  // has a ring of its own
  }
}

void Capture::Impl::on_sample(const ls_record_sample& record) {
  const auto found = open.find(record.head.slot);
  if (found == open.end()) return;
  RawSample sample = to_raw_sample(record);
  sample.loop = found->second.loop();
  sample.tid = static_cast<int>(slots[record.head.slot].tid);
  observer->on_sample(std::move(sample));
}

void Capture::Impl::on_opened(const ls_record_loop& record) {
  const LoopId loop{next_loop++};
  open.insert_or_assign(record.head.slot, SlotReader(loop));
  slot_of[loop] = record.head.slot;
  if (tasks.in_window_since(static_cast<int>(record.head.pid), record.head.at_ns))
    coverage[loop].begin_new(record.head.at_ns);
  else
    begin_coverage(loop, slots[record.head.slot], record.head.at_ns);
  LoopOpened event{loop,
                   static_cast<int>(record.head.pid),
                   static_cast<int>(record.tid),
                   record.head.at_ns,
                   record.comm,
                   static_cast<Wait>(record.wait),
                   {}};
  observer->on(event);
  ask_about(loop, slots[record.head.slot]);
}

void Capture::Impl::on_set(const ls_record_loop& record) {
  const auto found = open.find(record.head.slot);
  if (found != open.end()) ask_about(found->second.loop(), slots[record.head.slot]);
}

void Capture::Impl::on_closed(const ls_record_loop& record) {
  const auto found = open.find(record.head.slot);
  if (found == open.end()) return;
  const LoopId loop = found->second.loop();
  drain_samples();  // the slot may have another loop soon
  if (!(slots[record.head.slot].traits & LS_TRAIT_CONFIRMED)) ask_about(loop, slots[record.head.slot]);
  read_slot(found->second, record.head.slot, record.head.at_ns);
  close_tasks(loop, record.head.slot, record.head.at_ns);
  close_requests(record.head.slot);
  add_slot_losses(slots[record.head.slot]);
  observer->on(LoopClosed{loop, record.head.at_ns});
  slot_of.erase(loop);
  open.erase(found);
  queues.erase(loop);
  if (objects.queue) clear_queue(objects.queue->queues[record.head.slot]);
  slots.release(record.head.slot);
  find_only_loop();
}

void Capture::Impl::on_stall(const ls_record_stall& record) {
  const auto found = open.find(record.head.slot);
  if (found == open.end()) return;
  Stall stall;
  stall.loop = found->second.loop();
  stall.pid = static_cast<int>(record.head.pid);
  stall.tid = static_cast<int>(slots[record.head.slot].tid);
  stall.iteration = record.iteration;
  stall.start_ns = record.start_ns;
  stall.busy_ns = record.busy_ns;
  stall.split = to_split(record.split);
  stall.gil_ns = record.gil_ns;
  stall.delayed = to_blame(record.delayed);
  stall.before_attach = (record.flags & LS_STALL_BEFORE_ATTACH) != 0;
  observer->on(StallSeen{stall});
}

void Capture::Impl::on_iteration(const ls_record_iteration& record) {
  const auto found = open.find(record.head.slot);
  if (found == open.end()) return;
  observer->on_iteration(found->second.loop(), record.start_ns, record.head.at_ns, record.runqueue_ns);
}

void Capture::Impl::on_process(const ls_record_process& record) {
  const int pid = static_cast<int>(record.head.pid);
  if (record.head.kind == LS_RECORD_FORK)
    observer->on_fork(static_cast<int>(record.parent), pid, record.head.at_ns);
  else if (record.head.kind == LS_RECORD_EXIT)
    observer->on_exit(pid, record.head.at_ns);
  else
    observer->on_exec(pid, record.head.at_ns);
  exec_seen |= record.head.kind == LS_RECORD_EXEC;
  if (record.head.kind != LS_RECORD_FORK) forget_tasks(pid);
}

void Capture::Impl::ask_about(LoopId loop, ls_slot& slot) {
  observer->on_loop(loop, static_cast<int>(slot.pid), static_cast<int>(slot.tid), static_cast<Wait>(slot.wait),
                    slot.wait_fd, waited_descriptors(slot));
  slot.set_nfds = 0;  // from now on the largest set until the next look
}

}  // namespace loopstall
