#include "report/stall_stacks.h"

#include <algorithm>
#include <map>
#include <span>

#include "model/culprit.h"
#include "report/stacks_of_stall.h"
#include "report/unlisted_stalls.h"

namespace loopstall {
namespace {

std::map<LoopId, std::size_t> places_of(const Summary& summary) {
  std::map<LoopId, std::size_t> places;
  for (std::size_t i = 0; i < summary.loops.size(); ++i) places[summary.loops[i].loop.id] = i;
  return places;
}

void count_stall(std::span<StallStack> of_stall) {
  const auto heaviest =
      std::max_element(of_stall.begin(), of_stall.end(), [](auto& a, auto& b) { return a.weight_ns < b.weight_ns; });
  if (heaviest != of_stall.end()) heaviest->stalls = 1;
}

// How many sockets waited at which moment of the stall is not known. The parts add up.
void divide_delay(std::span<StallStack> of_stall, const Stall& stall) {
  std::uint64_t weight = 0, given = 0;
  for (StallStack& stack : of_stall) {
    weight += stack.weight_ns;
    const std::uint64_t upto = part_of(stall.delayed.total_ns, weight, stall.busy_ns);
    stack.delayed_ns = upto - given;
    given = upto;
  }
}

}  // namespace

std::vector<StallStack> stall_stacks(const Summary& summary) {
  const auto places = places_of(summary);
  UnlistedStalls unlisted(summary);
  std::vector<StallStack> stacks;
  for (std::size_t i = 0; i < summary.stalls.size(); ++i) {
    const Stall& stall = summary.stalls[i];
    const auto loop = places.find(stall.loop);
    if (loop == places.end()) continue;
    const std::size_t first = stacks.size();
    const Culprit* culprit = stall.evidence->empty() ? nullptr : &stall.evidence->culprit;
    append_stacks(stacks, {.loop = loop->second, .stall = i, .culprit = culprit}, stall, unlisted.take_out(stall));
    const auto of_stall = std::span(stacks).subspan(first);
    count_stall(of_stall);
    divide_delay(of_stall, stall);
  }
  for (std::size_t i = 0; i < summary.loops.size(); ++i) unlisted.append_rest(stacks, i);
  return stacks;
}

}  // namespace loopstall
