#include "model/telling_sample.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "model/culprit.h"

namespace loopstall {
namespace {

// frames are innermost first; those from at - 1 on are not yet walked.
struct Walk {
  const EvidenceSample* look;
  const Stack* stack;
  std::size_t at;

  const Frame* next() const { return at ? &(*stack)[at - 1] : nullptr; }
};

bool same_step(const Walk& a, const Walk& b) {
  const Frame *x = a.next(), *y = b.next();
  return x && y ? x->line == y->line && same_function(*x, *y) : x == y;
}

std::uint64_t weight_of(const std::vector<Walk>& walks) {
  std::uint64_t sum = 0;
  for (const Walk& walk : walks) sum += walk.look->weight_ns;
  return sum;
}

// Of those whose next frame is the same, the ones that weigh most; of equals the earlier.
std::vector<Walk> hottest(const std::vector<Walk>& all) {
  std::vector<Walk> best;
  std::uint64_t most = 0;
  for (const Walk& wanted : all) {
    std::vector<Walk> same;
    std::copy_if(all.begin(), all.end(), std::back_inserter(same), [&](const auto& w) { return same_step(w, wanted); });
    const std::uint64_t sum = weight_of(same);
    if (!best.empty() && sum <= most) continue;
    best = std::move(same);
    most = sum;
    if (2 * most >= weight_of(all)) break;  // mostly the first
  }
  return best;
}

// From the culprit inwards; from the outermost frame, if nobody is named.
Walk walk_of(const EvidenceSample& look, const Culprit& culprit) {
  const Stack& stack = culprit.held_gil ? look.holder : look.stack;
  const auto named = std::find_if(stack.rbegin(), stack.rend(), [&](const Frame& frame) {
    return culprit.known() && same_function(frame, culprit.named());
  });
  return {&look, &stack, named == stack.rend() ? stack.size() : static_cast<std::size_t>(stack.rend() - named)};
}

bool shows_line(const Walk& walk, const Culprit& culprit) {
  return !culprit.known() || std::any_of(walk.stack->begin(), walk.stack->end(), [&](const Frame& frame) {
    return frame.line == culprit.named().line && same_function(frame, culprit.named());
  });
}

std::vector<Walk> candidates(const Evidence& evidence) {
  const CauseKind kind = dominant_cause(evidence).kind;
  std::vector<Walk> walks, at_line;
  for (const EvidenceSample& sample : evidence.samples)
    if (sample.cause.kind == kind && shows(sample, evidence.culprit))
      walks.push_back(walk_of(sample, evidence.culprit));
  std::copy_if(walks.begin(), walks.end(), std::back_inserter(at_line),
               [&](const Walk& walk) { return shows_line(walk, evidence.culprit); });
  return at_line.empty() ? walks : at_line;
}

bool is_lighter(const Walk& a, const Walk& b) { return a.look->weight_ns < b.look->weight_ns; }

}  // namespace

const EvidenceSample* telling_sample(const Evidence& evidence) {
  std::vector<Walk> walks = candidates(evidence);
  while (walks.size() > 1 && walks.front().next()) {
    walks = hottest(walks);
    for (Walk& walk : walks)
      if (walk.at) --walk.at;
  }
  const auto best = std::max_element(walks.begin(), walks.end(), is_lighter);
  return best == walks.end() ? nullptr : best->look;
}

}  // namespace loopstall
