// What the rules look at, and whether one fits.
#pragma once

#include <optional>

#include "diagnosis/rule.h"
#include "model/session.h"

namespace loopstall {

struct Look {
  Cause cause;
  const Stack* stack = nullptr;  // of the thread, or of the one that held the GIL
  std::size_t frames = 0;        // the innermost ones, which the loop dispatched
  std::size_t inside = 0;        // of these: from the culprit inwards
  Family family = Family::Native;
};

// `cause`: the dominant one of the stall; the sample's own is more exact where there is a sample.
Look look_at(const EvidenceSample& sample, const Cause& cause, const Culprit& culprit, std::string_view runtime);

// Nothing when the rule does not fit. `frame` is the one that made it fit: the evidence.
struct Fit {
  const Frame* frame = nullptr;  // nullptr: the cause alone
};
std::optional<Fit> fit(const Rule& rule, const Look& look);

}  // namespace loopstall
