// Whether a server that we started listens yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "target/procfs.h"

namespace loopstall {

// The process or a descendant of it has a TCP socket that listens; on this port, if one is given.
bool listens(const ProcFs& proc, int pid, std::optional<std::uint16_t> port);

// Who listens on the port already: "nginx (pid 12)"; "" if nobody does.
std::string holder_of_port(const ProcFs& proc, std::uint16_t port);

}  // namespace loopstall
