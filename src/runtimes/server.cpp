// Servers with their own loop, known by the name of their executable.
//
// Each runs one epoll loop per thread or worker process and keeps to it: redis-server and nginx one per process,
// haproxy, envoy and memcached one per thread. A timeout of 0 is a real wait in all of them.
//
// Checked: redis-server 7.0.15, nginx 1.22.1 (Debian 12). By name only: haproxy, envoy, memcached, valkey, keydb.
// LIMITATIONS: a renamed executable is "native"; no version (Debian's binaries export none).
#include <array>

#include "runtimes/adapters.h"
#include "runtimes/evidence.h"

namespace loopstall {
namespace {

struct KnownServer {
  std::string_view exe, name;
};
constexpr std::array<KnownServer, 8> kServers{{
    {"redis-server", "Redis"},
    {"redis-check-rdb", "Redis"},  // Debian links redis-server to it
    {"valkey-server", "Valkey"},
    {"keydb-server", "KeyDB"},
    {"nginx", "nginx"},
    {"haproxy", "HAProxy"},
    {"envoy", "Envoy"},
    {"memcached", "memcached"},
}};

}  // namespace

Detected detect_server(const ProcFs&, const ProcessInfo& process) {
  for (const auto& server : kServers)
    if (exe_name(process) == server.exe) return Runtime{std::string(server.name), {}};
  return std::nullopt;
}

}  // namespace loopstall
