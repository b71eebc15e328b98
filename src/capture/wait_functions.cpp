#include "capture/wait_functions.h"

#include <boundary.skel.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "capture/configure.h"
#include "capture/shared_maps.h"
#include "capture/trial.h"

namespace loopstall {
namespace {

// As SYSCALL_DEFINE names them: arch/x86/include/asm/syscall_wrapper.h, and arm64's. On x86-64 what takes no arguments has that
// name as an alias only, which BTF does not list.
std::string function_of(const std::string& syscall) {
#if defined(__x86_64__)
  return syscall == "restart_syscall" ? "__do_sys_restart_syscall" : "__x64_sys_" + syscall;
#else
  return "__arm64_sys_" + syscall;
#endif
}

int prepare(function_bpf& skeleton, const boundary_bpf& first, const CaptureOptions& options,
            const std::string& function) {
  for (bpf_program* program : {skeleton.progs.on_call, skeleton.progs.on_return})
    if (const int err = bpf_program__set_attach_target(program, 0, function.c_str())) return -err;
  return prepare_beside(first, skeleton, options);
}

}  // namespace

int try_wait_function() { return try_tracing(function_of("epoll_pwait").c_str(), BPF_TRACE_FENTRY); }

// The return first: a wait whose entry was seen must have its return seen.
Result<WaitFunction> WaitFunction::attach(const boundary_bpf& first, const CaptureOptions& options,
                                          const std::string& syscall) {
  WaitFunction made;
  made.skeleton.reset(function_bpf__open());
  if (!made.skeleton) return load_error(syscall, errno);
  if (const int err = prepare(*made.skeleton, first, options, function_of(syscall))) return load_error(syscall, err);
  if (const int err = function_bpf__load(made.skeleton.get())) return load_error(syscall, -err);
  made.leave.reset(bpf_program__attach(made.skeleton->progs.on_return));
  made.enter.reset(bpf_program__attach(made.skeleton->progs.on_call));
  if (!made.leave || !made.enter) return load_error(syscall, errno);
  return made;
}

WaitFunctions::Ready WaitFunctions::attach_all(const boundary_bpf& first, const CaptureOptions& options,
                                               const std::vector<std::string>& syscalls) {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 3);  // as everything that loads
  Ready ready;
  if (try_wait_function()) return ready;
  for (const std::string& syscall : syscalls)
    if (auto made = WaitFunction::attach(first, options, syscall)) ready.emplace(syscall, std::move(*made));
  return ready;
}

void WaitFunctions::want(const std::set<std::string>& syscalls) {
  if (at_work_.valid()) return;
  std::vector<std::string> missing;
  std::set_difference(syscalls.begin(), syscalls.end(), asked_.begin(), asked_.end(), std::back_inserter(missing));
  if (missing.empty()) return;
  asked_.insert(missing.begin(), missing.end());
  at_work_ = std::async(std::launch::async, attach_all, std::cref(first_), options_, missing);
}

bool WaitFunctions::take() {
  if (!at_work_.valid() || at_work_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
  Ready ready = at_work_.get();
  const bool any = !ready.empty();
  in_place_.merge(ready);
  return any;
}

}  // namespace loopstall
