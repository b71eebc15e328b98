#include "capture/objects.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <set>

#include "capture/configure.h"
#include "capture/kernel_names.h"

namespace loopstall {
namespace {

void make_task_maps_small(const boundary_bpf& boundary) {
  for (bpf_map* map : {boundary.maps.task_stats, boundary.maps.task_buckets, boundary.maps.task_plans})
    bpf_map__set_max_entries(map, 1);
}

static_assert(CaptureOptions{}.loops == LS_MAX_LOOPS, "the most there can be");

void make_room_for_loops(const boundary_bpf& boundary, const CaptureOptions& options) {
  bpf_map__set_max_entries(boundary.maps.slots, options.loops);
  bpf_map__set_max_entries(boundary.maps.queues, options.queue_delay ? options.loops : 1);
}

void make_request_maps_small(const boundary_bpf& boundary) {
  for (bpf_map* map : {boundary.maps.request_loops, boundary.maps.request_rows, boundary.maps.request_buckets})
    bpf_map__set_max_entries(map, 1);
}

int try_boundary(Objects& objects, const CaptureOptions& options, bool direct_reads) {
  objects.boundary.reset(boundary_bpf__open());
  if (!objects.boundary) return errno;
  configure(*objects.boundary, options);
  objects.boundary->rodata->direct_reads = direct_reads;
  // The full trace of a test must not lose records: 8 MiB hold 200,000 iterations.
  if (options.trace_iterations) bpf_map__set_max_entries(objects.boundary->maps.records, 8U << 20U);
  make_room_for_loops(*objects.boundary, options);
  if (!options.tasks) make_task_maps_small(*objects.boundary);
  if (!options.requests) make_request_maps_small(*objects.boundary);
  return -boundary_bpf__load(objects.boundary.get());
}

// Direct reads need a kernel (6.2) and a JIT that have bpf_rdonly_cast: found out by trying.
Result<> load_boundary(Objects& objects, const CaptureOptions& options) {
  int err = try_boundary(objects, options, true);
  if (err && err != EPERM) {
    take_libbpf_log();
    err = try_boundary(objects, options, false);
  }
  if (err) return load_error("boundary", err);
  return {};
}

Result<> find_pid_level(Objects& objects) {
  if (!objects.boundary->rodata->nested_pid_ns) return {};
  if (auto run = run_iterator(objects.boundary->progs.find_pid_level); !run) return run;
  *objects.split.pid_level = objects.boundary->bss->pid_level;
  return {};
}

Result<> attach_one(Objects& objects, bpf_program* program) {
  Link link(bpf_program__attach(program));
  if (!link) {
    const int err = errno;
    return cannot_measure(fmt::format("can not attach the probe {}: {}\n{}", bpf_program__name(program),
                                      std::strerror(err), take_libbpf_log()));
  }
  objects.links.push_back(std::move(link));
  return {};
}

// Empty: it was asked for, and this kernel has what it needs. To be asked before the first object is loaded.
template <class Object>
std::string why_not(bool wanted) {
  if (!wanted) return "switched off";
  const auto missing = missing_tracepoint(Object::kTracepoints);
  return missing ? fmt::format("not available on this kernel: it has no tracepoint {} (Linux 6.3)", *missing) : "";
}

template <class Object>
void refuse(Addition<Object>& addition, const Error& error) {
  addition.why_not = error.message.substr(0, error.message.find('\n'));
  addition.links.clear();
  addition.object.reset();
}

template <class Object>
void load(Addition<Object>& addition, const boundary_bpf& first, const CaptureOptions& options) {
  if (!addition.why_not.empty()) return;
  auto loaded = Object::load(first, options);
  if (!loaded) return refuse(addition, loaded.error());
  addition.object = std::move(*loaded);
}

template <class Object>
void attach(Addition<Object>& addition) {
  if (!addition) return;
  if (auto attached = addition->attach(addition.links); !attached) refuse(addition, attached.error());
}

template <class Visit>
void each_object(const Objects& objects, Visit visit) {
  visit(objects.boundary->obj);
  visit(objects.split.object);
  if (objects.queue) visit(objects.queue->skeleton->obj);
  if (objects.requests) visit(objects.requests->skeleton->obj);
  if (objects.waits) objects.waits->each_object(visit);
}

std::uint64_t memlock_of(int map_fd) {
  std::ifstream info(fmt::format("/proc/self/fdinfo/{}", map_fd));
  for (std::string key; info >> key;)
    if (std::uint64_t bytes = 0; key == "memlock:" && info >> bytes) return bytes;
  return 0;
}

// Of maps that were not counted yet: objects share most of theirs.
std::uint64_t map_bytes(const bpf_object* object, std::set<__u32>& counted) {
  std::uint64_t bytes = 0;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    bpf_map_info info{};
    __u32 size = sizeof(info);
    const int fd = bpf_map__fd(map);
    if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && counted.insert(info.id).second) bytes += memlock_of(fd);
  }
  return bytes;
}

}  // namespace

Result<Objects> load_objects(const CaptureOptions& wanted) {
  keep_libbpf_log();
  Objects objects;
  CaptureOptions options = wanted;
  objects.queue.why_not = why_not<QueueObject>(wanted.queue_delay);
  options.queue_delay = objects.queue.why_not.empty();
  objects.requests.why_not = why_not<RequestObject>(wanted.requests);
  options.requests = objects.requests.why_not.empty();
  if (auto loaded = load_boundary(objects, options); !loaded) return tl::unexpected(loaded.error());
  auto split = load_split(*objects.boundary, options);
  if (!split) return tl::unexpected(split.error());
  objects.split = std::move(*split);
  if (auto found = find_pid_level(objects); !found) return tl::unexpected(found.error());
  if (auto timers = run_iterator(objects.split.program("prepare_timers")); !timers)
    return tl::unexpected(timers.error());
  load(objects.queue, *objects.boundary, options);
  load(objects.requests, *objects.boundary, options);
  return objects;
}

Result<> attach_objects(Objects& objects, const CaptureOptions& options) {
  const SplitObject& split = objects.split;
  const auto& boundary = objects.boundary->progs;
  for (bpf_program* program :
       {split.program("on_switch"), split.program("on_wakeup"), boundary.on_exit, boundary.on_exec, boundary.on_fork})
    if (auto attached = attach_one(objects, program); !attached) return attached;
  attach(objects.queue);
  attach(objects.requests);
  auto waits = WaitProbes::attach(*objects.boundary, options);
  if (!waits) return tl::unexpected(waits.error());
  objects.waits = std::move(*waits);
  return {};
}

std::uint64_t recursion_misses(const bpf_program* program) {
  bpf_prog_info info{};
  __u32 size = sizeof(info);
  return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0 ? info.recursion_misses : 0;
}

std::uint64_t recursion_misses(const Objects& objects) {
  std::uint64_t misses = 0;
  each_object(objects, [&](const bpf_object* object) {
    bpf_program* program = nullptr;
    bpf_object__for_each_program(program, object) misses += recursion_misses(program);
  });
  return misses;
}

std::uint64_t map_bytes(const Objects& objects, const bpf_object* tasks) {
  std::set<__u32> counted;
  std::uint64_t bytes = 0;
  each_object(objects, [&](const bpf_object* object) { bytes += map_bytes(object, counted); });
  return bytes + (tasks ? map_bytes(tasks, counted) : 0);
}

}  // namespace loopstall
