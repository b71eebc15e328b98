#include "session/listening.h"

#include <fmt/format.h>

#include <algorithm>

#include "target/sockets.h"
#include "target/target.h"

namespace loopstall {
namespace {

bool process_listens(const ProcFs& proc, int pid, std::optional<std::uint16_t> port,
                     const std::vector<std::uint64_t>& inodes) {
  for (const int number : proc.fds(pid)) {
    const FdInfo fd = proc.fd(pid, number);
    if (fd.kind != FdKind::Socket) continue;
    if (port && std::find(inodes.begin(), inodes.end(), fd.inode) != inodes.end()) return true;
    if (port) continue;
    const SocketState state = socket_state(proc, pid, fd.inode);
    if (state.family == SocketFamily::Tcp && state.listening) return true;
  }
  return false;
}

}  // namespace

bool listens(const ProcFs& proc, int pid, std::optional<std::uint16_t> port) {
  const auto inodes = port ? listening_inodes(proc, *port) : std::vector<std::uint64_t>{};
  if (port && inodes.empty()) return false;
  if (process_listens(proc, pid, port, inodes)) return true;
  const auto family = descendants(proc, pid);
  return std::any_of(family.begin(), family.end(),
                     [&](const ProcessInfo& process) { return process_listens(proc, process.pid, port, inodes); });
}

std::string holder_of_port(const ProcFs& proc, std::uint16_t port) {
  if (listening_inodes(proc, port).empty()) return "";
  const auto holders = resolve_targets(proc, {fmt::format(":{}", port)}, false);
  return holders ? holders->description : "somebody";
}

}  // namespace loopstall
