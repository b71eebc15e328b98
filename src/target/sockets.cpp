#include "target/sockets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <set>
#include <string>

#include "target/text.h"

namespace loopstall {
namespace {

constexpr std::string_view kTcpListen = "0A";
constexpr unsigned kUnixAcceptFlag = 0x10000;  // SO_ACCEPTCON in the Flags column

// One line of tcp, tcp6, udp, udp6: "sl local remote st queues timer retrnsmt uid timeout inode ...".
struct InetLine {
  std::string_view local, remote, state;
  std::uint64_t inode = 0;
};

std::optional<InetLine> parse_inet(std::string_view line) {
  const auto words = split_words(line);
  if (words.size() < 10) return std::nullopt;
  const auto inode = parse_number<std::uint64_t>(words[9]);
  if (!inode) return std::nullopt;  // the heading
  return InetLine{words[1], words[2], words[3], *inode};
}

std::uint16_t port_of(std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon == address.npos) return 0;
  return parse_number<std::uint16_t>(address.substr(colon + 1), 16).value_or(0);
}

std::optional<SocketState> find_inet(const std::string& table, SocketFamily family, std::uint64_t inode) {
  std::ifstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    const auto socket = parse_inet(line);
    if (!socket || socket->inode != inode) continue;
    const bool listening = family == SocketFamily::Tcp && socket->state == kTcpListen;
    return SocketState{family, listening, port_of(socket->remote) != 0};
  }
  return std::nullopt;
}

bool accepts(std::string_view unix_flags) {
  return (parse_number<unsigned>(unix_flags, 16).value_or(0) & kUnixAcceptFlag) != 0;
}

// "Num RefCount Protocol Flags Type St Inode Path".
std::optional<SocketState> find_unix(const std::string& table, std::uint64_t inode) {
  std::ifstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    const auto words = split_words(line);
    if (words.size() < 7 || parse_number<std::uint64_t>(words[6]) != inode) continue;
    return SocketState{SocketFamily::Unix, accepts(words[3]), words[5] == "03"};
  }
  return std::nullopt;
}

struct BoundSocket {
  std::uint64_t inode = 0;
  std::string name;  // port or path
  bool listening = false;
};

std::optional<BoundSocket> parse_bound_tcp(std::string_view line) {
  const auto socket = parse_inet(line);
  if (!socket) return std::nullopt;
  return BoundSocket{socket->inode, std::to_string(port_of(socket->local)), socket->state == kTcpListen};
}

std::optional<BoundSocket> parse_bound_unix(std::string_view line) {
  const auto words = split_words(line);
  if (words.size() < 8) return std::nullopt;
  return BoundSocket{parse_number<std::uint64_t>(words[6]).value_or(0), std::string(words[7]), accepts(words[3])};
}

template <class Parse>
Serving serving_by(const std::string& table, Parse parse, const std::vector<std::uint64_t>& inodes) {
  std::set<std::string> listening, connected;
  std::ifstream lines(table);
  for (std::string line; std::getline(lines, line);)
    if (const auto socket = parse(line);
        socket && std::find(inodes.begin(), inodes.end(), socket->inode) != inodes.end())
      (socket->listening ? listening : connected).insert(socket->name);
  const auto listens = [&](const std::string& name) { return listening.contains(name); };
  return {!listening.empty(), std::any_of(connected.begin(), connected.end(), listens)};
}

struct InetTable {
  std::string_view file;
  SocketFamily family;
};
constexpr std::array<InetTable, 4> kInetTables{{
    {"net/tcp", SocketFamily::Tcp},
    {"net/tcp6", SocketFamily::Tcp},
    {"net/udp", SocketFamily::Udp},
    {"net/udp6", SocketFamily::Udp},
}};

// The kernel prints all listening sockets before any other (tcp_get_idx in net/ipv4/tcp_ipv4.c), so the scan
// ends there: the rest of the table may hold a million connections.
void collect_listening(const std::string& table, std::uint16_t port, std::vector<std::uint64_t>& inodes) {
  std::ifstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    const auto socket = parse_inet(line);
    if (!socket) continue;
    if (socket->state != kTcpListen) return;
    if (port_of(socket->local) == port) inodes.push_back(socket->inode);
  }
}

}  // namespace

SocketState socket_state(const ProcFs& proc, int pid, std::uint64_t inode) {
  if (const auto state = find_unix(proc.path(pid, "net/unix"), inode)) return *state;
  for (const auto& table : kInetTables)
    if (const auto state = find_inet(proc.path(pid, table.file), table.family, inode)) return *state;
  return {};
}

Serving serving(const ProcFs& proc, int pid, const std::vector<std::uint64_t>& inodes) {
  const Serving tables[] = {serving_by(proc.path(pid, "net/tcp"), parse_bound_tcp, inodes),
                            serving_by(proc.path(pid, "net/tcp6"), parse_bound_tcp, inodes),
                            serving_by(proc.path(pid, "net/unix"), parse_bound_unix, inodes)};
  Serving all;
  for (const Serving& one : tables) all = {all.listens || one.listens, all.has_clients || one.has_clients};
  return all;
}

std::vector<std::uint64_t> listening_inodes(const ProcFs& proc, std::uint16_t port) {
  std::vector<std::uint64_t> inodes;
  for (const auto* table : {"tcp", "tcp6"})
    collect_listening(fmt::format("{}/self/net/{}", proc.root(), table), port, inodes);
  return inodes;
}

}  // namespace loopstall
