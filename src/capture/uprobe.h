// A breakpoint in a process, made and undone by the kernel, that runs a program.
//
// Links of the type uprobe_multi (Linux 6.6) are better in two ways. They need no capability beyond those that
// everything else needs. And the target never waits while they are taken out: a perf event's program is filtered by
// the event, so while that goes, a thread that meets the breakpoint asks to have it removed and waits for a lock
// (kernel/events/uprobes.c, handler_chain; seen on 6.18: 12 to 16 ms), which is held for an RCU grace period.
#pragma once

#include <cstdint>
#include <memory>

#include "base/fd.h"
#include "base/result.h"
#include "capture/link.h"
#include "model/task_plan.h"

namespace loopstall {

enum class UprobeKind { Multi, Perf };

// Says before it is loaded how a program will be attached.
void set_uprobe_kind(bpf_program* program, UprobeKind kind);

// Taken out when it ends.
class Uprobe {
 public:
  Uprobe() = default;
  explicit Uprobe(Fd multi) : multi_(std::move(multi)) {}
  explicit Uprobe(Link perf) : perf_(std::move(perf)) {}
  explicit operator bool() const { return multi_ || perf_; }
  UprobeKind kind() const { return perf_ ? UprobeKind::Perf : UprobeKind::Multi; }

 private:
  Fd multi_;
  Link perf_;
};

// In all threads of a process, as the breakpoint is in their common memory. An empty one with errno set: not possible.
Uprobe attach_uprobe(const bpf_program* program, UprobeKind kind, int pid, const ProbeSite& site, std::uint64_t cookie);

}  // namespace loopstall
