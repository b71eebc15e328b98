#include <fmt/format.h>

#include "base/units.h"
#include "cli/doctor_checks.h"
#include "cli/memory_limit.h"
#include "runtimes/cpython_tasks.h"
#include "runtimes/runtime.h"
#include "session/code_tier.h"
#include "target/elf_file.h"
#include "target/target.h"
#include "target/wait_syscalls.h"

namespace loopstall {
namespace {

Probe check_process(const ProcessInfo& process, std::size_t others) {
  std::string detail = fmt::format("{} ({})", process.pid, process.comm);
  if (others) detail += fmt::format(" and {} more; the checks below are for the first", others);
  return {"process", true, true, detail};
}

Probe check_runtime(const ProcFs& proc, const ProcessInfo& process) {
  return {"runtime", true, false, detect_runtime(proc, process).name};
}

// Whether frames of its program will have names, and those of its language.
Probe check_symbols(const ProcFs& proc, const ProcessInfo& process) {
  const CodeTier code = code_tier(proc, process.pid, detect_runtime(proc, process).name);
  if (code.python) return {"symbols", true, false, "Python frames by source name and line; native frames"};
  if (!code.why.empty()) return {"symbols", false, false, code.why};
  const auto exe = ElfFile::open(TargetFile::executable(proc, process.pid));
  if (!exe) return {"symbols", false, false, "its program can not be opened: frames will show as module and address"};
  if (exe->section(".symtab")) return {"symbols", true, false, "its program has its symbol table"};
  return {"symbols", true, false, "its program is stripped: exported names only, unless its debug file is installed"};
}

// Of a Python whose layout is known; what is wrong with the others stands in the line before.
std::optional<Probe> check_tasks(const ProcFs& proc, const ProcessInfo& process) {
  const CodeTier code = code_tier(proc, process.pid, detect_runtime(proc, process).name);
  if (!code.python) return std::nullopt;
  const auto plan = plan_python_tasks(proc, process, *code.python);
  if (!plan) return Probe{"task steps", false, false, "can not be counted: " + plan.error().message};
  return Probe{"task steps", true, false, "can be counted exactly"};
}

struct ThreadCount {
  std::size_t all = 0, readable = 0, waiting = 0;
};

ThreadCount count_threads(const ProcFs& proc, int pid) {
  ThreadCount count;
  for (const int tid : proc.threads(pid)) {
    const auto call = proc.syscall(pid, tid);
    ++count.all;
    if (call) ++count.readable;
    if (call && !call->running && wait_family(call->nr) != WaitFamily::None) ++count.waiting;
  }
  return count;
}

Probe check_access(const ThreadCount& count) {
  const bool ok = count.readable > 0;
  return {"access", ok, true,
          ok ? "its /proc files can be read" : "its /proc files can not be read: CAP_SYS_PTRACE is needed"};
}

Probe check_threads(const ThreadCount& count) {
  const std::string detail = fmt::format("{} of {} threads sit in a loop wait now", count.waiting, count.all);
  if (count.waiting) return {"event loops", true, false, detail};
  return {"event loops", false, false, detail + ": busy, stuck, or no event loop at all"};
}

Probe check_memory_limit(int pid) {
  const auto limit = shared_memory_limit(pid);
  if (!limit) return {"memory", true, false, "loopstall does not share a memory limit with it"};
  return {"memory", false, false,
          fmt::format("shares a limit of {} MiB with loopstall, whose BPF maps take up to 16 MB of it", *limit >> 20)};
}

}  // namespace

void add_target_checks(Checks& checks, const std::string& target) {
  const ProcFs proc;
  const auto set = resolve_targets(proc, {target}, false);
  if (!set) {
    checks.push_back({"process", false, true, set.error().message});
    return;
  }
  const ProcessInfo& first = set->processes.front();
  const ThreadCount threads = count_threads(proc, first.pid);
  checks.push_back(check_process(first, set->processes.size() - 1));
  checks.push_back(check_access(threads));
  checks.push_back(check_runtime(proc, first));
  checks.push_back(check_symbols(proc, first));
  if (auto tasks = check_tasks(proc, first)) checks.push_back(std::move(*tasks));
  checks.push_back(check_threads(threads));
  checks.push_back(check_memory_limit(first.pid));
}

}  // namespace loopstall
