// TARGET -> processes. A target is a pid, a process name, or ":PORT" (whoever listens there in this network
// namespace: all sharers of a SO_REUSEPORT port, never a parent that only inherited the socket).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "target/procfs.h"

namespace loopstall {

struct TargetSet {
  std::vector<ProcessInfo> processes;  // without duplicates, named ones first
  std::string description;             // "uvicorn (pid 4711 and 4 children)"
};

// With follow, existing descendants are included. Errors name the target and the next step.
Result<TargetSet> resolve_targets(const ProcFs& proc, const std::vector<std::string>& names, bool follow);

}  // namespace loopstall
