#include "report/unlisted_stalls.h"

#include <algorithm>

#include "model/culprit.h"
#include "model/groups.h"
#include "report/stacks_of_stall.h"

namespace loopstall {
namespace {

std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }

StallGroup group_of(const Stall& stall) {
  return {.loop = stall.loop,
          .culprit = stall.evidence->culprit,
          .cause = dominant_cause(*stall.evidence),
          .busy = {},
          .example = {}};
}

// The stalls' time as the histogram has it. Of the bucket that the threshold cuts in two, the stalls in it are known,
// and that they are at least as long as the threshold.
std::uint64_t time_above(const Distribution& busy, std::uint64_t threshold_ns, std::uint64_t stalls) {
  std::uint64_t count = 0, ns = 0;
  for (const BucketDelta& b : busy.buckets) {
    if (bucket_low_ns(b.bucket) < threshold_ns) continue;
    count += b.count;
    ns += b.sum_ns;
  }
  return ns + less(stalls, count) * threshold_ns;
}

}  // namespace

UnlistedStalls::UnlistedStalls(const Summary& summary) : summary_(summary) {
  for (const StallGroup& group : summary.loop_groups)
    rests_.push_back({&group, group.busy.count(), group.busy.sum_ns(), group.blame.total_ns});
}

const StallGroup* UnlistedStalls::take_out(const Stall& stall) {
  Known& known = listed_[stall.loop];
  if (stall.ongoing) {
    ++known.ongoing;
  } else {
    ++known.stalls;
    known.ns += stall.busy_ns;
  }
  known.delayed_ns += stall.delayed.total_ns;
  if (stall.evidence->empty()) return nullptr;
  const StallGroup wanted = group_of(stall);
  const auto found = std::find_if(rests_.begin(), rests_.end(), [&](const Rest& rest) {
    return rest.group->loop == wanted.loop && same_group(*rest.group, wanted);
  });
  if (found == rests_.end()) return nullptr;
  found->stalls = less(found->stalls, 1);
  found->ns = less(found->ns, stall.busy_ns);
  found->delayed_ns = less(found->delayed_ns, stall.delayed.total_ns);
  return found->group;
}

void UnlistedStalls::append_groups(std::vector<StallStack>& stacks, std::size_t loop, Known& known) const {
  for (const Rest& rest : rests_) {
    if (rest.group->loop != summary_.loops[loop].loop.id || !rest.stalls || !rest.ns) continue;
    known.stalls += rest.stalls;
    known.ns += rest.ns;
    known.delayed_ns += rest.delayed_ns;
    stacks.push_back({.loop = loop,
                      .frames = frames_of(*rest.group->example),
                      .cause = rest.group->cause,
                      .culprit = &rest.group->culprit,
                      .on_cpu = rest.group->cause.kind == CauseKind::Cpu,
                      .estimated = true,
                      .weight_ns = rest.ns,
                      .delayed_ns = rest.delayed_ns,
                      .stalls = rest.stalls});
  }
}

void UnlistedStalls::append_untimed(std::vector<StallStack>& stacks, std::size_t loop, const Known& known) const {
  const LoopSummary& of = summary_.loops[loop];
  const std::uint64_t ended = less(of.loop.total.stalls, known.ongoing), untimed = less(ended, known.stalls);
  if (!untimed) return;
  const std::uint64_t threshold = summary_.info.threshold_ns,
                      ns = std::max(less(time_above(of.busy, threshold, ended), known.ns), untimed * threshold);
  stacks.push_back({.loop = loop,
                    .frames = frames_without_stack(CauseKind::Unknown),
                    .estimated = true,
                    .weight_ns = std::max<std::uint64_t>(ns, 1),
                    .delayed_ns = less(of.loop.queue.total.stalled_ns, known.delayed_ns),
                    .stalls = untimed});
}

void UnlistedStalls::append_rest(std::vector<StallStack>& stacks, std::size_t loop) const {
  const auto listed = listed_.find(summary_.loops[loop].loop.id);
  Known known = listed == listed_.end() ? Known{} : listed->second;
  append_groups(stacks, loop, known);
  append_untimed(stacks, loop, known);
}

}  // namespace loopstall
