// What /proc/PID/net says about a socket. A process sees the tables of its own network namespace, so a socket
// is looked up through the process that holds it.
#pragma once

#include <cstdint>
#include <vector>

#include "target/procfs.h"

namespace loopstall {

enum class SocketFamily { Unknown, Tcp, Udp, Unix };
struct SocketState {
  SocketFamily family = SocketFamily::Unknown;  // Unknown: netlink, vsock, MPTCP ..., or closed meanwhile
  bool listening = false;
  bool connected = false;  // has a peer address; an unconnected UDP socket hears everybody
};

SocketState socket_state(const ProcFs& proc, int pid, std::uint64_t inode);

// What a process does with these sockets. A connection has the port, or the path, of the socket that it came by.
struct Serving {
  bool listens = false;
  bool has_clients = false;  // and a connection was accepted from one that listens
};
Serving serving(const ProcFs& proc, int pid, const std::vector<std::uint64_t>& inodes);

// Inodes of the TCP sockets that listen on a port in this process's network namespace, IPv4 and IPv6.
std::vector<std::uint64_t> listening_inodes(const ProcFs& proc, std::uint16_t port);

}  // namespace loopstall
