// Whose handler a long task step ran: the looks at a step wait here until it ends. Bounded.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "evidence/step_votes.h"
#include "model/event.h"
#include "model/raw_sample.h"
#include "model/raw_task.h"

namespace loopstall {

// Of a loop. On a busy machine we may not run for a second: then one drain brings all steps that were looked at in it,
// a thousand at most, as that is a thread's budget.
constexpr std::size_t kStepsWaiting = 2048;
constexpr std::size_t kEndedStepsKept = 4096;  // that wait for settle()

class StepDesk {
 public:
  // The Python frames of a look, named and with roles, innermost first.
  using NameStack = std::function<Stack(const RawSample& look)>;

  StepDesk(Sink& sink, std::uint64_t threshold_ns, NameStack name)
      : sink_(sink), threshold_ns_(threshold_ns), name_(std::move(name)) {}

  void take(const RawSample& look);  // those that belong to no step are ignored
  void ended(const RawStep& step);
  // After a drain, which brings a step with all of its looks; but a sleep whose end was hidden is told a little later.
  void settle(bool last = false);
  void loop_closed(LoopId loop);
  std::uint64_t dropped() const { return dropped_; }  // steps for which there was no room: under their task

 private:
  struct Waiting {
    std::uint64_t step = 0;
    StepVotes votes;
  };
  struct Ended {
    RawStep step;
    unsigned rounds = 0;  // that it waited for
  };
  StepVotes votes_of(const RawStep& step);
  void tell(const RawStep& step, const StepVotes& votes);

  Sink& sink_;
  std::uint64_t threshold_ns_;
  NameStack name_;
  std::map<LoopId, std::deque<Waiting>> waiting_;
  std::vector<Ended> ended_;
  std::uint64_t dropped_ = 0;
};

}  // namespace loopstall
