#include "report/stall_stacks.h"

#include <algorithm>
#include <map>

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

void count_stall(std::vector<StallStack>& stacks, std::size_t first) {
  const auto begin = stacks.begin() + static_cast<std::ptrdiff_t>(first);
  const auto heaviest =
      std::max_element(begin, stacks.end(), [](auto& a, auto& b) { return a.weight_ns < b.weight_ns; });
  if (heaviest != stacks.end()) heaviest->stalls = 1;
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
    count_stall(stacks, first);
  }
  for (std::size_t i = 0; i < summary.loops.size(); ++i) unlisted.append_rest(stacks, i);
  return stacks;
}

}  // namespace loopstall
