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
  // Parents that hold a ":PORT" socket for their workers only (uvicorn --workers, gunicorn, nginx master). They
  // are no targets, but with follow their later children are, from their fork on: a worker that is restarted
  // belongs to the port.
  std::vector<ProcessInfo> spawners;
};

// With follow, existing descendants are included, but for loopstall and what it started. Errors name the target and the
// next step.
Result<TargetSet> resolve_targets(const ProcFs& proc, const std::vector<std::string>& names, bool follow);

// All living descendants of a process, any depth, parents before children, ascending pids within a generation.
std::vector<ProcessInfo> descendants(const ProcFs& proc, int pid);

}  // namespace loopstall
