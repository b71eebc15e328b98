#include "capture/capture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <map>

#include "base/clock.h"
#include "capture/epolls.h"
#include "capture/objects.h"
#include "capture/samples.h"
#include "capture/sleepers.h"
#include "capture/slots.h"

namespace loopstall {

static_assert(static_cast<int>(Wait::IoUringEnter) == LS_WAIT_IO_URING_ENTER, "Wait mirrors enum ls_wait");

struct RingDeleter {
  void operator()(ring_buffer* ring) const { ring_buffer__free(ring); }
};

struct Capture::Impl {
  Objects objects;
  SlotTable slots;
  std::uint64_t threshold_ns;
  std::uint64_t maps_size;  // never changes
  std::uint32_t next_loop = 0;
  std::map<std::uint32_t, SlotReader> open;  // by slot
  std::map<LoopId, std::uint32_t> slot_of;
  std::uint64_t lost_stall_records = 0;  // of loops that are closed
  std::uint64_t lost_trace_records = 0;
  std::uint64_t incomplete_splits = 0;
  bool exec_seen = false;
  Observer* observer = nullptr;  // while draining
  std::unique_ptr<ring_buffer, RingDeleter> ring, samples;
  Fd ready;  // an epoll of both rings

  Impl(Objects o, SlotTable s, std::uint64_t threshold)
      : objects(std::move(o)), slots(std::move(s)), threshold_ns(threshold), maps_size(map_bytes(objects)) {}

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
  void ask_about(LoopId loop, ls_slot& slot);
  void add_slot_losses(const ls_slot& slot);
  void read_slot(SlotReader& reader, std::uint32_t index, std::uint64_t now_ns);
  void finish_slot(SlotReader& reader, std::uint32_t index, std::uint64_t now_ns);
  std::optional<RawSample> asleep_look(LoopId loop, std::uint32_t index, std::uint64_t iteration, std::uint64_t now_ns);
  void report_ongoing(LoopId loop, std::uint32_t index, std::uint64_t now_ns);
  void update_waits(std::uint64_t now_ns);
  Cost cost() const;
  Lost lost();
};

namespace {

struct WaitsSeen {
  std::uint32_t waits = 0;  // in any target
  bool by_all = true;       // no target without any
};

WaitsSeen waits_seen(int targets_fd) {
  WaitsSeen seen;
  std::uint32_t pid = 0;
  for (int err = bpf_map_get_next_key(targets_fd, nullptr, &pid); !err;
       err = bpf_map_get_next_key(targets_fd, &pid, &pid)) {
    ls_target target{};
    if (bpf_map_lookup_elem(targets_fd, &pid, &target)) continue;
    seen.waits |= target.waits;
    seen.by_all &= target.waits != 0;
  }
  return seen;
}

Split to_split(const ls_split& s) { return {s.cpu_ns, s.blocked_ns, s.runqueue_ns, s.user_samples, s.kernel_samples}; }

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
  add_slot_losses(slots[record.head.slot]);
  observer->on(LoopClosed{loop, record.head.at_ns});
  slot_of.erase(loop);
  open.erase(found);
  slots.release(record.head.slot);
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
}

void Capture::Impl::ask_about(LoopId loop, ls_slot& slot) {
  observer->on_loop(loop, static_cast<int>(slot.pid), static_cast<int>(slot.tid), static_cast<Wait>(slot.wait),
                    slot.wait_fd, waited_descriptors(slot));
  slot.set_nfds = 0;  // from now on the largest set until the next look
}

void Capture::Impl::add_slot_losses(const ls_slot& slot) {
  lost_stall_records += slot.stall_records_lost;
  lost_trace_records += slot.trace_lost;
  incomplete_splits += slot.split_incomplete;
}

void Capture::Impl::read_slot(SlotReader& reader, std::uint32_t index, std::uint64_t now_ns) {
  observer->on(reader.read(slots[index], now_ns));
}

// The last reading: an iteration that is still open and long enough is a stall, and its time so far is busy time.
void Capture::Impl::finish_slot(SlotReader& reader, std::uint32_t index, std::uint64_t now_ns) {
  LoopSample sample = reader.read(slots[index], now_ns);
  OpenIteration last = open_iteration(reader.last(), now_ns, threshold_ns);
  if (last.stalled) {
    last.stall.loop = reader.loop();
    last.stall.pid = static_cast<int>(reader.last().pid);
    last.stall.tid = static_cast<int>(reader.last().tid);
    sample.delta.stalls += 1;
    sample.delta.busy_ns += last.stall.busy_ns;
    sample.delta.split += last.stall.split;
  }
  observer->on(sample);
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
  observer->on_ongoing(open_now.stall, asleep_look(loop, index, open_now.stall.iteration, now_ns));
}

void Capture::Impl::update_waits(std::uint64_t now_ns) {
  if (std::exchange(exec_seen, false)) objects.waits->learn_again(now_ns);
  static_cast<void>(run_iterator(objects.boundary->progs.seed_threads));
  const WaitsSeen seen = waits_seen(bpf_map__fd(objects.boundary->maps.targets));
  objects.waits->update(seen.waits, seen.by_all, now_ns);
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
  cost.map_bytes = maps_size;
  return cost;
}

Lost Capture::Impl::lost() {
  const int fd = bpf_map__fd(objects.boundary->maps.losses);
  Lost lost;
  // A loop whose opening record did not fit is lost as one without a slot is.
  lost.loops = lookup_loss(fd, LS_LOSS_LOOPS) + lookup_loss(fd, LS_LOSS_RECORDS);
  lost.threads = lookup_loss(fd, LS_LOSS_THREADS);
  lost.storage_misses = lookup_loss(fd, LS_LOSS_STORAGE);
  lost.programs_skipped = recursion_misses(objects);
  lost.samples_lost = lookup_loss(fd, LS_LOSS_SAMPLES);
  lost.samples_withheld = lookup_loss(fd, LS_LOSS_LOOKS_WITHHELD);
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

Capture::Capture(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Capture::Capture(Capture&&) noexcept = default;
Capture& Capture::operator=(Capture&&) noexcept = default;
Capture::~Capture() = default;

// Loading is 0.1 s of CPU, most of it the verifier's: at a third of the target's weight, so that a busy target keeps
// its core, and yet soon done on a machine where everything is overloaded. A thread of its own, because a process
// without CAP_SYS_NICE can not take its priority back, and `run` must not hand it down.
static Result<Objects> load_niced(const CaptureOptions& options) {
  Result<Objects> objects = fail("not loaded");
  std::jthread([&] {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 5);
    objects = load_objects(options);
  }).join();
  return objects;
}

namespace {

std::unique_ptr<ring_buffer, RingDeleter> open_ring(const bpf_map* map, ring_buffer_sample_fn take, void* impl) {
  return std::unique_ptr<ring_buffer, RingDeleter>(ring_buffer__new(bpf_map__fd(map), take, impl, nullptr));
}

bool add_to(const Fd& epoll, const ring_buffer* ring) {
  epoll_event event{};
  event.events = EPOLLIN;
  return epoll_ctl(epoll.get(), EPOLL_CTL_ADD, ring_buffer__epoll_fd(ring), &event) == 0;
}

}  // namespace

Result<> Capture::Impl::open_rings() {
  ready = Fd(epoll_create1(EPOLL_CLOEXEC));
  ring = open_ring(objects.boundary->maps.records, on_raw_record, this);
  if (const bpf_map* map = objects.split.map("samples")) samples = open_ring(map, on_raw_sample, this);
  if (!ready || !ring || !add_to(ready, ring.get()) || (samples && !add_to(ready, samples.get())))
    return system_error("can not open the ring buffers", errno, ExitCode::CannotMeasure);
  return {};
}

Result<Capture> Capture::open(const CaptureOptions& options) {
  auto objects = load_niced(options);
  if (!objects) return tl::unexpected(objects.error());
  const auto& maps = objects->boundary->maps;
  auto slots = SlotTable::map(bpf_map__fd(maps.slots), bpf_map__fd(maps.free_slots));
  if (!slots) return tl::unexpected(slots.error());
  auto impl = std::make_unique<Impl>(std::move(*objects), std::move(*slots), options.threshold_ns);
  if (auto opened = impl->open_rings(); !opened) return tl::unexpected(opened.error());
  if (auto attached = attach_objects(impl->objects); !attached) return tl::unexpected(attached.error());
  return Capture(std::move(impl));
}

Result<> Capture::add_process(int pid) {
  const ls_target target{epoll_descriptors(pid), 0, 0};
  const int fd = bpf_map__fd(impl_->objects.boundary->maps.targets);
  if (bpf_map_update_elem(fd, &pid, &target, BPF_ANY))
    return system_error(fmt::format("can not watch process {}", pid), errno, ExitCode::CannotMeasure);
  return {};
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
  slot.traits = bits;
}

void Capture::set_confirmed(LoopId loop) {
  const auto found = impl_->slot_of.find(loop);
  if (found != impl_->slot_of.end()) impl_->slots[found->second].traits |= LS_TRAIT_CONFIRMED;
}

bool Capture::presume_loop(int tid, int epoll_fd) {
  auto& boundary = *impl_->objects.boundary;
  boundary.bss->presumed_epoll = epoll_fd;
  boundary.bss->presumed_tid = static_cast<std::uint32_t>(tid);
  const bool ran = static_cast<bool>(run_iterator(boundary.progs.presume_loop));
  return ran && std::exchange(boundary.bss->presumed_tid, 0) == 0;
}

const std::string& Capture::no_evidence() const { return impl_->objects.split.no_evidence; }

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
  return {};
}

void Capture::forget_python(int pid) {
  if (const bpf_map* map = impl_->objects.split.map("pythons")) bpf_map_delete_elem(bpf_map__fd(map), &pid);
}

void Capture::set_stack_end(LoopId loop, std::uint64_t address) {
  const auto found = impl_->slot_of.find(loop);
  if (found != impl_->slot_of.end()) impl_->slots[found->second].stack_end = address;
}

int Capture::fd() const { return impl_->ready.get(); }

void Capture::drain(Observer& observer) {
  impl_->observer = &observer;
  ring_buffer__consume(impl_->ring.get());
  impl_->drain_samples();
}

void Capture::snapshot(Observer& observer) {
  drain(observer);
  const std::uint64_t now = monotonic_ns();
  for (auto& [slot, reader] : impl_->open) {
    impl_->read_slot(reader, slot, now);
    if (!(impl_->slots[slot].traits & LS_TRAIT_CONFIRMED)) impl_->ask_about(reader.loop(), impl_->slots[slot]);
  }
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
  observer.on(CostRead{impl_->cost()});
  observer.on(LostRead{impl_->lost()});
}

}  // namespace loopstall
