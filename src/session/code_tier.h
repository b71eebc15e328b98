// What the stacks of a process can show, and why not more.
#pragma once

#include <optional>
#include <string>

#include "runtimes/cpython_layout.h"
#include "target/procfs.h"

namespace loopstall {

struct CodeTier {
  std::optional<PythonLayout> python;
  std::string why;  // "Node.js: native frames only, JavaScript functions are not named yet"; "" nothing to say
};

// runtime: as detect_runtime() names it.
CodeTier code_tier(const ProcFs& proc, int pid, const std::string& runtime);

}  // namespace loopstall
