// What is behind Capture: the objects, the slots and the rings. Its parts: records.cpp (kernel's records -> events),
// readings.cpp (slots -> events), costs.cpp, tell.cpp (what user space tells the kernel side).
#pragma once

#include <bpf/libbpf.h>
#include <sample.h>

#include <map>
#include <memory>
#include <optional>

#include "base/fd.h"
#include "capture/capture.h"
#include "capture/objects.h"
#include "capture/queues.h"
#include "capture/requests.h"
#include "capture/slots.h"
#include "capture/tasks.h"

namespace loopstall {

struct RingDeleter {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

struct Capture::Impl {
  Objects objects;
  SlotTable slots;
  std::uint64_t threshold_ns;
  std::uint32_t next_loop = 0;
  std::map<std::uint32_t, SlotReader> open;  // by slot
  std::map<LoopId, QueueReader> queues;
  Requests requests;
  std::map<LoopId, std::uint32_t> slot_of;
  std::uint64_t lost_stall_records = 0;  // of loops that are closed
  std::uint64_t lost_trace_records = 0;
  std::uint64_t incomplete_splits = 0;
  bool exec_seen = false;
  Observer* observer = nullptr;  // while draining
  Tasks tasks;
  std::map<LoopId, CoverageMeter> coverage;  // of loops that are open
  std::unique_ptr<ring_buffer, RingDeleter> ring, samples;
  Fd ready;  // an epoll of both rings

  Impl(Objects o, SlotTable s, const CaptureOptions& options)
      : objects(std::move(o)), slots(std::move(s)), threshold_ns(options.threshold_ns), tasks(options) {}

  static int on_raw_record(void* impl, void* data, std::size_t) {
    static_cast<Impl*>(impl)->on_record(*static_cast<ls_record*>(data));
    return 0;
  }
  static int on_raw_sample(void* impl, void* data, std::size_t) {
    static_cast<Impl*>(impl)->on_sample(*static_cast<ls_record_sample*>(data));
    return 0;
  }
  Result<> open_rings();
  void drain_samples() {
    if (samples) ring_buffer__consume(samples.get());
  }
  void on_record(const ls_record& record);
  void on_sample(const ls_record_sample& record);
  void on_opened(const ls_record_loop& record);
  void on_closed(const ls_record_loop& record);
  void on_set(const ls_record_loop& record);
  void on_stall(const ls_record_stall& record);
  void on_iteration(const ls_record_iteration& record);
  void on_process(const ls_record_process& record);
  void on_task(const ls_record_task& record);
  void on_step(const ls_record_step& record);
  void begin_coverage(LoopId loop, const ls_slot& slot, std::uint64_t now_ns);
  void end_coverage(int pid, std::uint64_t now_ns);
  void forget_tasks(int pid);
  void close_tasks(LoopId loop, std::uint32_t slot, std::uint64_t now_ns);
  void read_tasks(std::uint64_t now_ns, bool last);
  void ask_about(LoopId loop, ls_slot& slot);
  void add_slot_losses(const ls_slot& slot);
  void read_queue(LoopId loop, std::uint32_t index, std::uint64_t now_ns);
  void find_only_loop();
  LoopsBySlot open_loops() const;
  void read_requests();
  void close_requests(std::uint32_t slot);
  Blame open_delay_of(std::uint32_t index, std::uint64_t start_ns, std::uint64_t now_ns) const;
  void read_slot(SlotReader& reader, std::uint32_t index, std::uint64_t now_ns);
  void finish_slot(SlotReader& reader, std::uint32_t index, std::uint64_t now_ns);
  std::optional<RawSample> asleep_look(LoopId loop, std::uint32_t index, std::uint64_t iteration, std::uint64_t now_ns);
  void report_ongoing(LoopId loop, std::uint32_t index, std::uint64_t now_ns);
  void update_waits(std::uint64_t now_ns);
  Cost cost() const;
  Lost lost();
};

}  // namespace loopstall
