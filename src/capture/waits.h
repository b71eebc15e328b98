// Where the waits are seen. First at tracepoints, all of them, while it is not known in which the targets wait. Once
// every target was seen in a wait, or after 30 s, those that none was seen in are left, so that other programs' waits
// cost nothing more; but for epoll_wait and epoll_pwait, as a loop that begins later would be missed. The others are
// moved to the kernel's functions, where it has that. A target's exec starts anew, and a thread found asleep in a wait
// that is not seen brings its tracepoint back.
#pragma once

#include <array>
#include <memory>
#include <thread>
#include <vector>

#include "capture/link.h"
#include "capture/tracefs.h"
#include "capture/wait_functions.h"

namespace loopstall {

class WaitProbes {
 public:
  static Result<std::unique_ptr<WaitProbes>> attach(boundary_bpf& boundary, const CaptureOptions& options);

  // seen: a bit per enum ls_wait; by_all: every target was seen in one of them. Call about once a second, after
  // seed_threads.
  void update(std::uint32_t seen, bool by_all, std::uint64_t now_ns);
  // A target started another program.
  void learn_again(std::uint64_t now_ns);

  template <class Visit>
  void each_object(Visit visit) const {
    functions_.each_object(visit);
  }

 private:
  struct Tracepoint {
    Link enter, leave;
  };
  static constexpr std::size_t kSyscalls = 9;

  WaitProbes(TraceFs tracefs, boundary_bpf& boundary, const CaptureOptions& options)
      : tracefs_(std::move(tracefs)), boundary_(boundary), functions_(boundary, options) {}
  void attach_one(std::size_t index);
  bool by_function(std::size_t index) const;
  void take_functions(std::uint64_t now_ns);
  bool nobody_waits_since_before() const;
  void detach(std::vector<Tracepoint> unused);

  TraceFs tracefs_;
  boundary_bpf& boundary_;
  WaitFunctions functions_;
  std::array<Tracepoint, kSyscalls> attached_;
  std::uint64_t learned_ns_ = 0;         // from when on what is unused is detached
  std::vector<std::jthread> detaching_;  // each detach waits for RCU grace periods, about 50 ms
};

}  // namespace loopstall
