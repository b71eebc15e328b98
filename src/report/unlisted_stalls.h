// The stalls that are counted, but not listed; a part of stall_stacks.
#pragma once

#include <map>

#include "report/stall_stacks.h"

namespace loopstall {

class UnlistedStalls {
 public:
  explicit UnlistedStalls(const Summary& summary);

  // The stall is listed: it is taken out of its group, which is returned; null if it is in none.
  const StallGroup* take_out(const Stall& stall);

  // What is left of the loop at that place of Summary::loops.
  void append_rest(std::vector<StallStack>& stacks, std::size_t loop) const;

 private:
  struct Rest {
    const StallGroup* group;
    std::uint64_t stalls, ns, delayed_ns;
  };
  struct Known {
    std::uint64_t stalls = 0, ns = 0;  // that ended within the session: the histogram has them
    std::uint64_t ongoing = 0;
    std::uint64_t delayed_ns = 0;
  };

  void append_groups(std::vector<StallStack>& stacks, std::size_t loop, Known& known) const;
  void append_untimed(std::vector<StallStack>& stacks, std::size_t loop, const Known& known) const;

  const Summary& summary_;
  std::vector<Rest> rests_;
  std::map<LoopId, Known> listed_;
};

}  // namespace loopstall
