// "3.11.2" of a process that runs CPython.
#pragma once

#include <optional>
#include <string>

#include "target/procfs.h"

namespace loopstall {

// As much as is cheaply known: "3.11.2", "3.9", or "" for a Python without a telling name. nullopt: no Python.
std::optional<std::string> cpython_version(const ProcFs& proc, const ProcessInfo& process);

}  // namespace loopstall
