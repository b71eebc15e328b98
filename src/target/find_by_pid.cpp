#include <fmt/format.h>
#include <unistd.h>

#include "target/find.h"
#include "target/text.h"

namespace loopstall {
namespace {

tl::unexpected<Error> no_such_process(std::string_view pid) {
  return cannot_measure(fmt::format(
      "pid {}: no such process (ended, or in another pid namespace); `loopstall attach NAME` finds it by name", pid));
}

}  // namespace

Result<Found> find_by_pid(const ProcFs& proc, std::string_view text) {
  const auto pid = parse_number<int>(text);
  if (pid == 0) return usage_error("pid 0 is not a process; give a pid, a process name or :PORT");
  const auto info = pid ? proc.process(*pid) : std::nullopt;
  if (!info) return no_such_process(text);
  if (info->kernel_thread)
    return cannot_measure(fmt::format("pid {} ({}) is a kernel thread: it runs no event loop", *pid, info->comm));
  if (info->state == 'Z' || info->state == 'X')
    return cannot_measure(fmt::format("pid {} ({}) has ended: it is a zombie that its parent {} has not reaped", *pid,
                                      info->comm, info->parent));
  const int group = proc.thread_group(*pid);
  if (group == 0) return no_such_process(text);
  if (group != *pid)
    return cannot_measure(
        fmt::format("{} is a thread of process {}, not a process; attach to {}, all of its threads are watched", *pid,
                    group, group));
  if (*pid == ::getpid())
    return cannot_measure(
        fmt::format("pid {} is loopstall itself: a shell's last command takes the shell's place", *pid));
  return Found{{*info}, {}, label_of(*info)};
}

}  // namespace loopstall
