#include "evidence/step_desk.h"

#include <optional>
#include <utility>

#include "model/handler.h"

namespace loopstall {

void StepDesk::take(const RawSample& look) {
  if (look.step == 0 || look.python.empty()) return;
  auto& steps = waiting_[look.loop];
  if (steps.empty() || steps.back().step != look.step) steps.push_back({look.step, {}});
  if (steps.size() > kStepsWaiting) steps.pop_front();
  steps.back().votes.add(look, handler_of(name_(look)));
}

void StepDesk::ended(const RawStep& step) {
  if (ended_.size() < kEndedStepsKept)
    ended_.push_back({step});
  else
    ++dropped_;
}

StepVotes StepDesk::votes_of(const RawStep& step) {
  for (Waiting& waiting : waiting_[step.loop])
    if (waiting.step == step.step) return std::exchange(waiting.votes, {});
  return {};
}

void StepDesk::settle(bool last) {
  constexpr unsigned kRounds = 2;
  for (Ended& ended : std::exchange(ended_, {})) {
    const StepVotes votes = votes_of(ended.step);
    if (votes.empty() && !last && ended.rounds++ < kRounds)
      ended_.push_back(ended);
    else
      tell(ended.step, votes);
  }
}

void StepDesk::tell(const RawStep& step, const StepVotes& votes) {
  const auto verdict = votes.verdict(step);
  if (!verdict) return;
  const bool stall = step.hold_ns >= threshold_ns_;
  sink_.on(StepHandled{step.task, verdict->handler, !(stall && verdict->certain), step.hold_ns, step.split, stall,
                       step.blame});
}

void StepDesk::loop_closed(LoopId loop) {
  settle(true);
  waiting_.erase(loop);
}

}  // namespace loopstall
