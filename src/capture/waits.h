// The tracepoints of the wait family. All are attached while it is not known which of them the targets use. Once every
// target was seen in a wait, or after 30 s, those that none was seen in are detached, so that other programs' waits
// cost nothing more; but for epoll_wait and epoll_pwait, as a loop that begins later would be missed. A target's exec
// starts anew, and a thread found asleep in a wait without a tracepoint brings that one back.
#pragma once

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include "capture/link.h"
#include "capture/tracefs.h"

namespace loopstall {

class WaitTracepoints {
 public:
  static Result<WaitTracepoints> attach(bpf_program* on_enter, bpf_program* on_exit);

  // seen: a bit per enum ls_wait; by_all: every target was seen in one of them. Call about once a second.
  void update(std::uint32_t seen, bool by_all, std::uint64_t now_ns);
  // A target started another program.
  void learn_again(std::uint64_t now_ns);

 private:
  struct Tracepoint {
    Link enter, leave;
  };
  static constexpr std::size_t kSyscalls = 9;

  WaitTracepoints(TraceFs tracefs, bpf_program* on_enter, bpf_program* on_exit)
      : tracefs_(std::move(tracefs)), on_enter_(on_enter), on_exit_(on_exit) {}
  void attach_one(std::size_t index);
  void detach(std::vector<Tracepoint> unused);

  TraceFs tracefs_;
  bpf_program* on_enter_;
  bpf_program* on_exit_;
  std::array<Tracepoint, kSyscalls> attached_;
  std::uint64_t learned_ns_ = 0;         // from when on what is unused is detached
  std::vector<std::jthread> detaching_;  // each detach waits for RCU grace periods, about 50 ms
};

}  // namespace loopstall
