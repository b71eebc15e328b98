#include <bpf/bpf.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "capture/impl.h"

namespace loopstall {

namespace {

std::uint64_t lookup_loss(int fd, std::uint32_t kind) {
  std::uint64_t n = 0;
  bpf_map_lookup_elem(fd, &kind, &n);
  return n;
}

// Sums a per-CPU row; the timed runs stand for all.
void add_cost(Cost& cost, const std::vector<ls_cost>& row) {
  ls_cost sum{};
  for (const ls_cost& c : row) {
    sum.hits += c.hits;
    sum.timed_hits += c.timed_hits;
    sum.timed_ns += c.timed_ns;
  }
  cost.bpf_hits += sum.hits;
  cost.bpf_timed_hits += sum.timed_hits;
  if (sum.timed_hits)
    cost.bpf_run_ns += static_cast<std::uint64_t>(static_cast<double>(sum.timed_ns) /
                                                  static_cast<double>(sum.timed_hits) * static_cast<double>(sum.hits));
}

std::uint64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace

void Capture::Impl::add_slot_losses(const ls_slot& slot) {
  lost_stall_records += slot.stall_records_lost;
  lost_trace_records += slot.trace_lost;
  incomplete_splits += slot.split_incomplete;
}

Cost Capture::Impl::cost() const {
  Cost cost;
  const auto cpus = static_cast<std::size_t>(libbpf_num_possible_cpus());
  for (std::uint32_t program = 0; program < LS_PROGRAMS; ++program) {
    std::vector<ls_cost> row(cpus);
    bpf_map_lookup_elem(bpf_map__fd(objects.boundary->maps.costs), &program, row.data());
    add_cost(cost, row);
  }
  cost.collector_cpu_ns = process_cpu_ns();
  cost.collector_rss_bytes = peak_rss_bytes();
  cost.map_bytes = map_bytes(objects, tasks.loaded() ? tasks.object().skeleton->obj : nullptr);
  return cost;
}

Lost Capture::Impl::lost() {
  const int fd = bpf_map__fd(objects.boundary->maps.losses);
  Lost lost;
  // A loop whose opening record did not fit is lost as one without a slot is.
  lost.loops = lookup_loss(fd, LS_LOSS_LOOPS) + lookup_loss(fd, LS_LOSS_RECORDS);
  lost.threads = lookup_loss(fd, LS_LOSS_THREADS);
  lost.storage_misses = lookup_loss(fd, LS_LOSS_STORAGE);
  lost.programs_skipped = recursion_misses(objects) + (tasks.loaded() ? tasks.object().missed_runs() : 0);
  lost.samples_lost = lookup_loss(fd, LS_LOSS_SAMPLES);
  lost.samples_withheld = lookup_loss(fd, LS_LOSS_LOOKS_WITHHELD);
  lost.tasks_other = lookup_loss(fd, LS_LOSS_TASKS);
  lost.task_buckets = lookup_loss(fd, LS_LOSS_TASK_BUCKETS);
  lost.steps_discarded = lookup_loss(fd, LS_LOSS_STEPS);
  lost.sockets = lookup_loss(fd, LS_LOSS_SOCKETS);
  lost.step_records = lookup_loss(fd, LS_LOSS_STEP_RECORDS);
  lost.stall_events = lost_stall_records;
  lost.trace_events = lost_trace_records;
  lost.split_incomplete = incomplete_splits;
  for (const auto& [slot, reader] : open) {
    lost.stall_events += reader.last().stall_records_lost;
    lost.trace_events += reader.last().trace_lost;
    lost.split_incomplete += reader.last().split_incomplete;
  }
  return lost;
}

}  // namespace loopstall
