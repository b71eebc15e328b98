#include "capture/capture.h"

#include <sys/epoll.h>
#include <sys/resource.h>

#include <thread>

#include "capture/impl.h"

namespace loopstall {

Capture::Capture(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Capture::Capture(Capture&&) noexcept = default;
Capture& Capture::operator=(Capture&&) noexcept = default;
Capture::~Capture() = default;

// Loading is 0.1 s of CPU, half of it the verifier's: at half of the target's weight, so that a busy target keeps its
// core, and yet soon done on a machine where everything is overloaded. A thread of its own, because a process
// without CAP_SYS_NICE can not take its priority back, and `run` must not hand it down.
static Result<Objects> load_niced(const CaptureOptions& options) {
  Result<Objects> objects = fail("not loaded");
  std::jthread([&] {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 3);
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
  auto slots = SlotTable::map(bpf_map__fd(maps.slots), bpf_map__fd(maps.free_slots), options.loops);
  if (!slots) return tl::unexpected(slots.error());
  auto impl = std::make_unique<Impl>(std::move(*objects), std::move(*slots), options);
  if (auto opened = impl->open_rings(); !opened) return tl::unexpected(opened.error());
  if (auto attached = attach_objects(impl->objects, options); !attached) return tl::unexpected(attached.error());
  return Capture(std::move(impl));
}

}  // namespace loopstall
