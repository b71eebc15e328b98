// Of one task step: which handlers it was seen in, and for how long. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/raw_sample.h"
#include "model/raw_task.h"
#include "model/task.h"

namespace loopstall {

constexpr std::size_t kStepHandlersKept = 32;  // of one step; what is seen of others counts as not seen

class StepVotes {
 public:
  // In the order of time. handler: what the look shows; its name is "" for a framework's own code.
  void add(const RawSample& look, SourceName handler);
  bool empty() const { return votes_.empty(); }

  struct Verdict {
    SourceName handler;
    bool certain = false;
  };
  // Nothing if the looks tell of less than half of the step's own time, or nobody has more than half of it.
  std::optional<Verdict> verdict(const RawStep& step) const;

 private:
  struct Vote {
    SourceName handler;
    std::uint64_t weight_ns = 0;
    std::size_t looks = 0;
    bool seen_asleep = false;
  };
  Vote* vote_for(SourceName handler);
  std::uint64_t first_reach(const RawStep& step) const;
  bool is_certain(const Vote& vote, std::uint64_t handlers_ns) const;

  std::uint64_t first_ns_ = 0;  // when it was first looked at
  std::uint64_t until_ns_ = 0;  // so far the looks tell of it
  std::vector<Vote> votes_;     // in the order in which they were first seen
};

}  // namespace loopstall
