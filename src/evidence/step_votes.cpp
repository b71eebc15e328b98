#include "evidence/step_votes.h"

#include <algorithm>
#include <utility>

namespace loopstall {
namespace {

constexpr std::size_t kCertainLooks = 3;
constexpr std::uint64_t kOthersPart = 32;  // of a sleep: 3 %

// A look tells of the time before it as well, up to the look before it, if that is not long ago. A step that runs is
// looked at after each quarter of its age, by clock samples, of which one comes at least every 3 ms.
std::uint64_t reach(std::uint64_t gap_ns, std::uint64_t age_ns) {
  constexpr std::uint64_t kSample = 3'000'000;
  return std::min(gap_ns, std::max(kSample, age_ns / 3));
}

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }

}  // namespace

// nullptr: there is no room for one more.
StepVotes::Vote* StepVotes::vote_for(SourceName handler) {
  const auto found = std::find_if(votes_.begin(), votes_.end(), [&](const Vote& v) { return v.handler == handler; });
  if (found != votes_.end()) return &*found;
  return votes_.size() < kStepHandlersKept ? &votes_.emplace_back(Vote{std::move(handler)}) : nullptr;
}

void StepVotes::add(const RawSample& look, SourceName handler) {
  const bool asleep = look.kind == SampleKind::Sleep;
  const std::uint64_t slept = asleep ? look.length_ns : 0;
  if (votes_.empty()) first_ns_ = until_ns_ = look.at_ns;
  const std::uint64_t weight = reach(less(look.at_ns, until_ns_), less(look.at_ns, first_ns_)) + slept;
  until_ns_ = std::max(until_ns_, look.at_ns + slept);
  Vote* vote = vote_for(std::move(handler));
  if (!vote) return;
  vote->weight_ns += weight;
  ++vote->looks;
  vote->seen_asleep |= asleep;
}

// What the first look tells of the time before it: when the step began is known once it has ended.
std::uint64_t StepVotes::first_reach(const RawStep& step) const {
  return reach(less(first_ns_, less(step.end_ns, step.hold_ns)), 0);
}

// Seen in a sleep, next to which nobody else's part counts (a step may have a dependency's as well), or again and again
// with nobody else. A step that is shorter than a stall has few looks, and its other parts may have had none: who it
// was is then an estimate.
bool StepVotes::is_certain(const Vote& vote, std::uint64_t handlers_ns) const {
  if (vote.seen_asleep) return less(handlers_ns, vote.weight_ns) * kOthersPart <= vote.weight_ns;
  return vote.looks >= kCertainLooks && handlers_ns == vote.weight_ns;
}

// A framework's own code around the handlers is nobody's vote, but seen.
std::optional<StepVotes::Verdict> StepVotes::verdict(const RawStep& step) const {
  const std::uint64_t own = less(step.hold_ns, step.split.runqueue_ns);
  std::uint64_t seen = 0, handlers = 0;
  std::vector<Vote> votes = votes_;
  if (!votes.empty()) votes.front().weight_ns += first_reach(step);
  for (const Vote& vote : votes) {
    seen += vote.weight_ns;
    handlers += vote.handler.name.empty() ? 0 : vote.weight_ns;
  }
  if (seen * 2 < own) return std::nullopt;
  for (const Vote& vote : votes)
    if (!vote.handler.name.empty() && vote.weight_ns * 2 > handlers)
      return Verdict{vote.handler, seen * 4 >= own * 3 && is_certain(vote, handlers)};
  return std::nullopt;
}

}  // namespace loopstall
