#include "evidence/step_desk.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "model/handler.h"

namespace loopstall {
namespace {

// A clock sample's, against a sleep's, which has its length.
constexpr std::uint64_t kSampleWeight = 500'000;
constexpr std::size_t kCertainLooks = 3;
constexpr std::uint64_t kOthersPart = 32;  // of a sleep: 3 %

struct Vote {
  SourceName handler;
  std::uint64_t weight_ns = 0;
  std::size_t looks = 0;
  bool seen_asleep = false;
};

Vote& vote_for(std::vector<Vote>& votes, SourceName handler) {
  const auto found = std::find_if(votes.begin(), votes.end(), [&](const Vote& v) { return v.handler == handler; });
  return found == votes.end() ? votes.emplace_back(Vote{std::move(handler)}) : *found;
}

std::uint64_t weight_of(const std::vector<Vote>& votes) {
  return std::accumulate(votes.begin(), votes.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const Vote& vote) { return sum + vote.weight_ns; });
}

// Who has more than half of what was seen of handlers. A framework's own code around them is nobody's vote.
std::optional<Vote> winner(const std::vector<Vote>& votes) {
  const std::uint64_t all = weight_of(votes);
  for (const Vote& vote : votes)
    if (vote.weight_ns * 2 > all) return vote;
  return std::nullopt;
}

// Seen in a sleep, next to which nobody else's part counts (a step may have a dependency's as well), or again and again
// with nobody else. A step that is shorter than a stall has few looks, and its other parts may have had none: who it
// was is then an estimate.
bool is_certain(const Vote& vote, const std::vector<Vote>& votes) {
  if (vote.seen_asleep) return (weight_of(votes) - vote.weight_ns) * kOthersPart <= vote.weight_ns;
  return vote.looks >= kCertainLooks && votes.size() == 1;
}

}  // namespace

void StepDesk::take(const RawSample& look) {
  if (look.step == 0 || look.python.empty()) return;
  auto& steps = waiting_[look.loop];
  if (steps.empty() || steps.back().step != look.step) steps.push_back({look.step, {}});
  if (steps.size() > kStepsWaiting) steps.pop_front();
  auto& looks = steps.back().looks;
  if (looks.size() >= kStepLooksKept) return;
  const bool asleep = look.kind == SampleKind::Sleep;
  looks.push_back({look.python, look.python_truncated, asleep, asleep ? look.length_ns : kSampleWeight});
}

void StepDesk::ended(const RawStep& step) {
  if (ended_.size() < kEndedStepsKept)
    ended_.push_back({step});
  else
    ++dropped_;
}

std::vector<StepDesk::Look> StepDesk::looks_of(const RawStep& step) {
  for (Waiting& waiting : waiting_[step.loop])
    if (waiting.step == step.step) return std::exchange(waiting.looks, {});
  return {};
}

void StepDesk::settle(bool last) {
  constexpr unsigned kRounds = 2;
  for (Ended& ended : std::exchange(ended_, {})) {
    const auto looks = looks_of(ended.step);
    if (looks.empty() && !last && ended.rounds++ < kRounds)
      ended_.push_back(ended);
    else
      tell(ended.step, looks);
  }
}

void StepDesk::tell(const RawStep& step, const std::vector<Look>& looks) {
  std::vector<Vote> votes;
  for (const Look& look : looks) {
    SourceName handler = handler_of(name_(step.pid, look.frames, look.truncated));
    if (handler.name.empty()) continue;
    Vote& vote = vote_for(votes, std::move(handler));
    vote.weight_ns += look.weight_ns;
    ++vote.looks;
    vote.seen_asleep |= look.asleep;
  }
  const auto won = winner(votes);
  if (!won) return;
  const bool stall = step.hold_ns >= threshold_ns_, certain = stall && is_certain(*won, votes);
  sink_.on(StepHandled{step.task, won->handler, !certain, step.hold_ns, step.split, stall, step.blame});
}

void StepDesk::loop_closed(LoopId loop) {
  settle(true);
  waiting_.erase(loop);
}

}  // namespace loopstall
