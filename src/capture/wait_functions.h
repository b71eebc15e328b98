// Programs on the kernel's own functions of the waits (fentry and fexit), where it has that: there nobody else pays,
// whereas the tracepoint of one system call sends all of them, in every process, through a slow path. Loading them
// takes a while and is done beside everything else.
#pragma once

#include <function.skel.h>

#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/capture.h"
#include "capture/link.h"

struct boundary_bpf;

namespace loopstall {

struct FunctionDeleter {
  void operator()(function_bpf* skeleton) const { function_bpf__destroy(skeleton); }
};

struct WaitFunction {
  std::unique_ptr<function_bpf, FunctionDeleter> skeleton;
  Link leave, enter;

  static Result<WaitFunction> attach(const boundary_bpf& first, const CaptureOptions& options,
                                     const std::string& syscall);
};

// An errno, or 0: this kernel has such functions, and lets this user's programs hang on them.
int try_wait_function();

class WaitFunctions {
 public:
  WaitFunctions(const boundary_bpf& first, const CaptureOptions& options) : first_(first), options_(options) {}

  // Begins to attach to those of them that were not asked for yet, unless it is at work already.
  void want(const std::set<std::string>& syscalls);
  // Takes over what has become ready; true: there was something.
  bool take();
  bool has(const std::string& syscall) const { return in_place_.contains(syscall); }

  template <class Visit>
  void each_object(Visit visit) const {
    for (const auto& [syscall, function] : in_place_) visit(function.skeleton->obj);
  }

 private:
  using Ready = std::map<std::string, WaitFunction>;
  static Ready attach_all(const boundary_bpf& first, const CaptureOptions& options,
                          const std::vector<std::string>& syscalls);

  const boundary_bpf& first_;
  CaptureOptions options_;
  std::set<std::string> asked_;
  Ready in_place_;
  std::future<Ready> at_work_;
};

}  // namespace loopstall
