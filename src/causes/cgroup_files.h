// Where the kernel accounts for the CPU quota of a process.
#pragma once

#include <string>
#include <vector>

#include "target/procfs.h"

namespace loopstall {

// cpu.stat of its cgroup and of those above it, as far as they can be seen from here: a quota may be set at any level.
// The v1 cpu controller's where there is one, else v2's, wherever it is mounted. Empty if none is in reach.
std::vector<std::string> cpu_stat_files(const ProcFs& proc, int pid);

}  // namespace loopstall
