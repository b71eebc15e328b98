#include "report/stacks_of_stall.h"

#include <algorithm>

#include "model/culprit.h"

namespace loopstall {
namespace {

Frame pseudo_frame(const char* name) {
  return {.kind = FrameKind::Native, .role = FrameRole::Library, .function = name};
}
const Frame kNoStack = pseudo_frame("[no stack]"), kRunQueue = pseudo_frame("[waiting for a CPU]"),
            kThrottled = pseudo_frame("[CPU quota used up]"), kHolder = pseudo_frame("[held the GIL]");

void append_outside_in(std::vector<const Frame*>& frames, const Stack& stack) {
  for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame) frames.push_back(&*frame);
}

using Looks = std::vector<const EvidenceSample*>;

// All looks on the CPU share the measured CPU time, whatever system call they were in.
bool shows(const EvidenceSample& look, const Cause& cause) {
  return cause.kind == CauseKind::Cpu ? look.on_cpu : !look.on_cpu && look.cause == cause;
}

Looks looks_at(const Evidence& evidence, const Cause& cause) {
  Looks looks;
  for (const EvidenceSample& look : evidence.samples)
    if (look.weight_ns && shows(look, cause)) looks.push_back(&look);
  return looks;
}

std::uint64_t weight_of(const Looks& looks) {
  std::uint64_t sum = 0;
  for (const EvidenceSample* look : looks) sum += look->weight_ns;
  return sum;
}

class Appending {
 public:
  Appending(std::vector<StallStack>& stacks, const StallStack& origin) : stacks_(stacks), origin_(origin) {}

  void unknown(const CauseShare& share) {
    append(frames_without_stack(share.cause.kind), share.cause, share.cause.kind == CauseKind::Cpu, share.ns);
  }

  // In proportion to their weights, so that the parts add up to the whole.
  void divided(const CauseShare& share, const Looks& looks) {
    const std::uint64_t total = weight_of(looks);
    std::uint64_t weight = 0, given = 0;
    for (const EvidenceSample* look : looks) {
      weight += look->weight_ns;
      const std::uint64_t upto = part_of(share.ns, weight, total);
      append(frames_of(*look), look->cause, look->on_cpu, upto - given);
      given = upto;
    }
  }

  void estimated(const CauseShare& share, const EvidenceSample& example) {
    append(frames_of(example), share.cause, example.on_cpu, share.ns);
    if (share.ns) stacks_.back().estimated = true;
  }

 private:
  void append(std::vector<const Frame*> frames, const Cause& cause, bool on_cpu, std::uint64_t ns) {
    if (!ns) return;
    StallStack& stack = stacks_.emplace_back(origin_);
    stack.frames = std::move(frames);
    stack.cause = cause;
    stack.on_cpu = on_cpu;
    stack.weight_ns = ns;
  }

  std::vector<StallStack>& stacks_;
  const StallStack& origin_;
};

void append_share(Appending& to, const CauseShare& share, const Evidence& evidence, const StallGroup* group) {
  const Looks looks = looks_at(evidence, share.cause);
  if (!looks.empty()) return to.divided(share, looks);
  const bool example = evidence.samples.empty() && group && !group->example->stack.empty();
  if (example && share.cause.kind == group->cause.kind) return to.estimated(share, *group->example);
  to.unknown(share);
}

// They add up to the busy time, also if a recording says otherwise.
std::vector<CauseShare> causes_of(const Stall& stall) {
  if (stall.evidence->empty()) return causes_of({}, stall.split, stall.busy_ns);
  std::vector<CauseShare> causes = stall.evidence->causes;
  std::uint64_t left = stall.busy_ns;
  for (CauseShare& share : causes) {
    share.ns = std::min(share.ns, left);
    left -= share.ns;
  }
  if (left) causes.push_back({{}, left});
  return causes;
}

}  // namespace

std::uint64_t part_of(std::uint64_t ns, std::uint64_t weight, std::uint64_t total) {
  if (weight == total) return ns;
  return static_cast<std::uint64_t>(static_cast<long double>(ns) * static_cast<long double>(weight) /
                                    static_cast<long double>(total));
}

std::vector<const Frame*> frames_of(const EvidenceSample& sample) {
  std::vector<const Frame*> frames;
  append_outside_in(frames, sample.stack);
  if (frames.empty()) return frames_without_stack(sample.cause.kind);
  if (sample.holder.empty()) return frames;
  frames.push_back(&kHolder);
  append_outside_in(frames, sample.holder);
  return frames;
}

std::vector<const Frame*> frames_without_stack(CauseKind cause) {
  if (cause == CauseKind::RunQueue) return {&kRunQueue};
  return {cause == CauseKind::Throttled ? &kThrottled : &kNoStack};
}

void append_stacks(std::vector<StallStack>& stacks, const StallStack& origin, const Stall& stall,
                   const StallGroup* group) {
  Appending to(stacks, origin);
  for (const CauseShare& share : causes_of(stall)) append_share(to, share, *stall.evidence, group);
}

bool has_stack(const StallStack& stack) {
  return !stack.frames.empty() && stack.frames[0] != &kNoStack && stack.frames[0] != &kRunQueue &&
         stack.frames[0] != &kThrottled;
}

}  // namespace loopstall
