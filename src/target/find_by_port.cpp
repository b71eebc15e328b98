#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "target/find.h"
#include "target/sockets.h"
#include "target/text.h"

namespace loopstall {
namespace {

using Inodes = std::vector<std::uint64_t>;

struct Holder {
  ProcessInfo process;
  std::map<std::uint64_t, std::vector<int>> sockets;  // listening inode -> its descriptors here
};

struct Scan {
  std::vector<Holder> holders;
  std::size_t unreadable = 0;  // processes whose descriptors we may not see
};

Holder look_into(const ProcFs& proc, const ProcessInfo& process, const Inodes& inodes) {
  Holder holder{process, {}};
  for (const int number : proc.fds(process.pid)) {
    const auto fd = proc.fd(process.pid, number);
    if (fd.kind == FdKind::Socket && std::find(inodes.begin(), inodes.end(), fd.inode) != inodes.end())
      holder.sockets[fd.inode].push_back(number);
  }
  return holder;
}

Scan find_holders(const ProcFs& proc, const Family& family, const Inodes& inodes) {
  Scan scan;
  for (const auto& [pid, process] : family.processes()) {
    if (process.kernel_thread) continue;
    if (!proc.fds_readable(pid)) ++scan.unreadable;
    auto holder = look_into(proc, process, inodes);
    if (!holder.sockets.empty()) scan.holders.push_back(std::move(holder));
  }
  return scan;
}

bool watches(const ProcFs& proc, int pid, const std::vector<int>& sockets) {
  for (const int number : proc.fds(pid)) {
    if (proc.fd(pid, number).kind != FdKind::Epoll) continue;
    const auto members = proc.epoll_members(pid, number);
    if (std::find_first_of(members.begin(), members.end(), sockets.begin(), sockets.end()) != members.end())
      return true;
  }
  return false;
}

// A parent that opened the socket for its workers holds it as they do, but never waits for it.
bool serves(const ProcFs& proc, const Family& family, const Scan& scan, const Holder& holder) {
  const auto shared_with_descendant = [&](std::uint64_t inode) {
    return std::any_of(scan.holders.begin(), scan.holders.end(), [&](const Holder& other) {
      return other.sockets.contains(inode) && family.ancestors(other.process.pid).contains(holder.process.pid);
    });
  };
  return std::any_of(holder.sockets.begin(), holder.sockets.end(), [&](const auto& socket) {
    return !shared_with_descendant(socket.first) || watches(proc, holder.process.pid, socket.second);
  });
}

tl::unexpected<Error> nobody_listens(unsigned port) {
  return cannot_measure(
      fmt::format("nobody listens on TCP port {} in this network namespace; `ss -ltnp` lists the ports.\n"
                  "A server in a container has its own: attach to it by pid or name.",
                  port));
}

tl::unexpected<Error> no_holder(unsigned port, std::size_t unreadable) {
  if (unreadable > 0)
    return cannot_measure(
        fmt::format("port {} is listened on, but by none of the processes whose descriptors this user "
                    "may see ({} are hidden).\nRun as root, or with CAP_SYS_PTRACE and "
                    "CAP_DAC_READ_SEARCH; or attach by pid or name.",
                    port, unreadable));
  return cannot_measure(
      fmt::format("port {} is listened on, but by no process in this pid namespace (in a container, or "
                  "the kernel itself); attach from the host, or by pid.",
                  port));
}

}  // namespace

Result<Found> find_by_port(const ProcFs& proc, std::string_view text) {
  const auto port = parse_number<std::uint16_t>(text);
  if (!port || *port == 0)
    return usage_error(fmt::format("\":{}\" is no port: give a number from 1 to 65535, as in :8000", text));
  const auto inodes = listening_inodes(proc, *port);
  if (inodes.empty()) return nobody_listens(*port);
  const Family family(proc);
  const auto scan = find_holders(proc, family, inodes);
  if (scan.holders.empty()) return no_holder(*port, scan.unreadable);
  Found found;
  for (const auto& holder : scan.holders)
    (serves(proc, family, scan, holder) ? found.processes : found.spawners).push_back(holder.process);
  // Pids that were reused during the scan can make two processes each other's ancestor.
  if (found.processes.empty()) found.processes.swap(found.spawners);
  found.label = fmt::format(":{} {}", *port, label_of(found.processes.front()));
  return found;
}

}  // namespace loopstall
