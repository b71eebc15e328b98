#include "capture/tracefs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <charconv>

namespace loopstall {
namespace {

Fd open_mounted(const char* path) {
  Fd root(::open(path, O_PATH | O_DIRECTORY | O_CLOEXEC));
  // The mount point is an empty directory where nothing is mounted. Not faccessat: it judges by the real user id and
  // forgets ambient capabilities.
  struct stat events {};
  if (root && ::fstatat(root.get(), "events/syscalls", &events, 0) == 0) return root;
  return {};
}

Fd mount_private() {
  const Fd context(::fsopen("tracefs", FSOPEN_CLOEXEC));
  if (!context || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0)) return {};
  return Fd(::fsmount(context.get(), FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY));
}

}  // namespace

Result<TraceFs> TraceFs::open() {
  for (const char* path : {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"})
    if (Fd root = open_mounted(path)) return TraceFs(std::move(root), path);
  if (Fd root = mount_private()) return TraceFs(std::move(root), "a private mount");
  return cannot_measure(
      "tracefs can not be read, and the numbers of the syscall tracepoints stand there\n"
      "run as root or with CAP_DAC_READ_SEARCH; where it is not mounted: mount -t tracefs tracefs /sys/kernel/tracing");
}

std::optional<int> TraceFs::syscall_event_id(std::string_view event) const {
  const Fd file(::openat(root_.get(), fmt::format("events/syscalls/{}/id", event).c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 16> text{};
  const auto n = file ? ::read(file.get(), text.data(), text.size()) : -1;
  int id = 0;
  if (n <= 0 || std::from_chars(text.data(), text.data() + n, id).ec != std::errc()) return {};
  return id;
}

Link attach_tracepoint(bpf_program* program, int event_id) {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.size = sizeof(attr);
  attr.config = static_cast<std::uint64_t>(event_id);
  Fd event(static_cast<int>(::syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC)));
  Link link(event ? bpf_program__attach_perf_event(program, event.get()) : nullptr);
  if (link) static_cast<void>(event.release());  // the link closes it
  return link;
}

}  // namespace loopstall
