// The wait that a process' main thread is in since before the session. It may be one of a handler: a synchronous call
// that polls, curl's transfer, a loop that was run inside another.
#pragma once

#include <optional>
#include <vector>

#include "session/stuck.h"

namespace loopstall {

class FirstWait {
 public:
  FirstWait(const StuckSearch& search, int pid);
  bool may_be_handlers() const;
  // It would pass for a loop's: over several descriptors, or over an epoll set.
  bool looks_like_loop() const;
  bool is_for(const std::vector<int>& descriptors) const;
  bool is_for_connection() const;
  bool is_of(const Loop& loop) const { return &loop == loop_; }

 private:
  bool is_known() const;

  const ProcFs& proc_;
  const int pid_;
  const Loop* const loop_;                   // nullptr: it is in none, or has come back meanwhile
  const std::optional<ThreadSyscall> call_;  // of that loop's thread
  std::vector<int> members_;                 // empty: not known
};

// Those of them that are sockets.
std::vector<std::uint64_t> socket_inodes(const ProcFs& proc, int pid, const std::vector<int>& descriptors);

}  // namespace loopstall
