#include "session/code_tier.h"

#include "runtimes/cpython_find.h"

namespace loopstall {
namespace {

bool mentions(const std::string& runtime, std::string_view name) { return runtime.find(name) != std::string::npos; }

CodeTier python_tier(const ProcFs& proc, int pid) {
  const auto info = proc.process(pid);
  if (!info) return {{}, "the process is gone"};
  ProcessInfo process = *info;
  process.mapped = proc.mapped_files(pid);
  const auto layout = find_python(proc, process);
  if (!layout) return {{}, layout.error().message + ": native frames only"};
  return {*layout, ""};
}

}  // namespace

CodeTier code_tier(const ProcFs& proc, int pid, const std::string& runtime) {
  if (mentions(runtime, "CPython")) return python_tier(proc, pid);
  if (mentions(runtime, "Node")) return {{}, "native frames only: JavaScript functions are not named yet"};
  if (mentions(runtime, "tokio")) return {{}, "native frames only: tokio's tasks are not named yet"};
  return {{}, ""};
}

}  // namespace loopstall
