#include "capture/objects.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <fstream>

namespace loopstall {
namespace {

std::string& libbpf_log() {
  static std::string log;
  return log;
}

int keep_log(libbpf_print_level level, const char* format, va_list args) {
  if (level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, args);
  const int n = std::vsnprintf(nullptr, 0, format, args);
  std::string text(static_cast<std::size_t>(std::max(n, 0)) + 1, '\0');
  std::vsnprintf(text.data(), text.size(), format, again);
  va_end(again);
  libbpf_log() += text.c_str();
  return n;
}

// PROC_PID_INIT_INO, include/linux/proc_ns.h: the initial pid namespace has this inode on every kernel.
bool in_nested_pid_ns() {
  struct stat st {};
  return ::stat("/proc/self/ns/pid", &st) == 0 && st.st_ino != 0xEFFFFFFCU;
}

template <class Skeleton>
void configure(Skeleton& skeleton, const CaptureOptions& options) {
  skeleton.rodata->threshold_ns = options.threshold_ns;
  skeleton.rodata->nested_pid_ns = in_nested_pid_ns();
  skeleton.rodata->follow_forks = options.follow;
  skeleton.rodata->trace_iterations = options.trace_iterations;
}

tl::unexpected<Error> load_error(std::string_view object, int err) {
  std::string message = fmt::format("the kernel refused the {} probes: {}", object, std::strerror(err));
  if (err == EPERM)
    message += "\nrun as root, or with CAP_BPF and CAP_PERFMON; `loopstall doctor` says what is missing";
  const std::string log = take_libbpf_log();
  if (!log.empty()) message += "\n" + log;
  return cannot_measure(message);
}

int share_maps(boundary_bpf& from, split_bpf& to) {
  const std::array<std::pair<bpf_map*, bpf_map*>, 7> shared = {{
      {from.maps.threads, to.maps.threads},
      {from.maps.targets, to.maps.targets},
      {from.maps.slots, to.maps.slots},
      {from.maps.free_slots, to.maps.free_slots},
      {from.maps.records, to.maps.records},
      {from.maps.costs, to.maps.costs},
      {from.maps.losses, to.maps.losses},
  }};
  for (const auto& [source, copy] : shared)
    if (const int err = bpf_map__reuse_fd(copy, bpf_map__fd(source))) return err;
  return 0;
}

Result<> load_boundary(Objects& objects, const CaptureOptions& options) {
  objects.boundary.reset(boundary_bpf__open());
  if (!objects.boundary) return load_error("boundary", errno);
  configure(*objects.boundary, options);
  // The full trace of a test must not lose records: 8 MiB hold 200,000 iterations.
  if (options.trace_iterations) bpf_map__set_max_entries(objects.boundary->maps.records, 8U << 20U);
  if (const int err = boundary_bpf__load(objects.boundary.get())) return load_error("boundary", -err);
  return {};
}

Result<> load_split(Objects& objects, const CaptureOptions& options) {
  objects.split.reset(split_bpf__open());
  if (!objects.split) return load_error("split", errno);
  configure(*objects.split, options);
  if (const int err = share_maps(*objects.boundary, *objects.split)) return load_error("split", -err);
  if (const int err = split_bpf__load(objects.split.get())) return load_error("split", -err);
  return {};
}

Result<> find_pid_level(Objects& objects) {
  if (!objects.boundary->rodata->nested_pid_ns) return {};
  if (auto run = run_iterator(objects.boundary->progs.find_pid_level); !run) return run;
  objects.split->bss->pid_level = objects.boundary->bss->pid_level;
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

template <class Visit>
void each_program(const Objects& objects, Visit visit) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, objects.boundary->obj) visit(program);
  bpf_object__for_each_program(program, objects.split->obj) visit(program);
}

std::uint64_t memlock_of(int fd) {
  std::ifstream info(fmt::format("/proc/self/fdinfo/{}", fd));
  for (std::string key; info >> key;)
    if (std::uint64_t bytes = 0; key == "memlock:" && info >> bytes) return bytes;
  return 0;
}

}  // namespace

// The end tells what is wrong: a verifier's log has thousands of lines before it.
std::string take_libbpf_log() {
  constexpr std::size_t kKept = 1500;
  std::string log = std::exchange(libbpf_log(), {});
  if (log.size() <= kKept) return log;
  return "[...]" + log.substr(log.find('\n', log.size() - kKept));
}

Result<Objects> load_objects(const CaptureOptions& options) {
  libbpf_set_print(keep_log);
  Objects objects;
  if (auto loaded = load_boundary(objects, options); !loaded) return tl::unexpected(loaded.error());
  if (auto loaded = load_split(objects, options); !loaded) return tl::unexpected(loaded.error());
  if (auto found = find_pid_level(objects); !found) return tl::unexpected(found.error());
  if (auto timers = run_iterator(objects.split->progs.prepare_timers); !timers) return tl::unexpected(timers.error());
  return objects;
}

Result<> attach_objects(Objects& objects) {
  const auto& split = objects.split->progs;
  const auto& boundary = objects.boundary->progs;
  for (bpf_program* program : {split.on_switch, split.on_wakeup, boundary.on_exit, boundary.on_exec, boundary.on_fork})
    if (auto attached = attach_one(objects, program); !attached) return attached;
  auto waits = WaitTracepoints::attach(boundary.on_wait_enter, boundary.on_wait_exit);
  if (!waits) return tl::unexpected(waits.error());
  objects.waits = std::make_unique<WaitTracepoints>(std::move(*waits));
  return {};
}

Result<> run_iterator(bpf_program* program) {
  const Link link(bpf_program__attach_iter(program, nullptr));
  if (!link) return system_error("can not attach a task iterator", errno, ExitCode::CannotMeasure);
  const Fd iterator(bpf_iter_create(bpf_link__fd(link.get())));
  if (!iterator) return system_error("can not start a task iterator", errno, ExitCode::CannotMeasure);
  std::array<char, 4096> nothing{};
  while (::read(iterator.get(), nothing.data(), nothing.size()) > 0) {
  }
  return {};
}

std::uint64_t recursion_misses(const Objects& objects) {
  std::uint64_t misses = 0;
  each_program(objects, [&](bpf_program* program) {
    bpf_prog_info info{};
    __u32 size = sizeof(info);
    if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0) misses += info.recursion_misses;
  });
  return misses;
}

std::uint64_t map_bytes(const Objects& objects) {
  std::uint64_t bytes = 0;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, objects.boundary->obj) bytes += memlock_of(bpf_map__fd(map));
  bytes += memlock_of(bpf_map__fd(objects.split->maps.watches));
  return bytes;
}

}  // namespace loopstall
