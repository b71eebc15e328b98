#include "report/culprits.h"

#include <algorithm>

#include "model/telling_sample.h"

namespace loopstall {
namespace {

std::string_view runtime_of(const Summary& summary, LoopId id) {
  const auto found = std::find_if(summary.loops.begin(), summary.loops.end(),
                                  [id](const LoopSummary& loop) { return loop.loop.id == id; });
  return found == summary.loops.end() ? "" : std::string_view(found->loop.runtime);
}

}  // namespace

std::optional<Advice> advice_for(const StallGroup& group, const Summary& summary) {
  return diagnose(group, runtime_of(summary, group.loop));
}

std::optional<Advice> advice_for(const Stall& stall, const Summary& summary) {
  return diagnose(*stall.evidence, runtime_of(summary, stall.loop));
}

const EvidenceSample* best_look(const Evidence& evidence) {
  if (const EvidenceSample* telling = telling_sample(evidence); telling && !telling->stack.empty()) return telling;
  const EvidenceSample* best = nullptr;
  for (const EvidenceSample& sample : evidence.samples)
    if (!sample.stack.empty() && (!best || sample.weight_ns > best->weight_ns)) best = &sample;
  return best;
}

std::string_view unnamed_text(Unnamed reason) {
  switch (reason) {
    case Unnamed::No:
      return "";
    case Unnamed::NoLook:
      return "no look shows enough of it";
    case Unnamed::Withheld:
      return "the budget withheld the looks at it";
    case Unnamed::Several:
      return "several functions, none of them for more than half of it";
    case Unnamed::LoopItself:
      return "the event loop's own code";
    case Unnamed::NoLoop:
      return "the loop was not found in its stack";
    case Unnamed::Outside:
      return "stopped, or without a CPU";
    case Unnamed::NoHolder:
      return "a thread that held the GIL, and is not known";
  }
  return "";
}

}  // namespace loopstall
