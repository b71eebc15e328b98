// What the reports say about who is to blame, for every format.
#pragma once

#include <optional>

#include "diagnosis/diagnosis.h"
#include "model/summary.h"

namespace loopstall {

std::optional<Advice> advice_for(const StallGroup& group, const Summary& summary);
std::optional<Advice> advice_for(const Stall& stall, const Summary& summary);

// The look that shows best why it stalled: telling_sample(), else the heaviest one with a stack. nullptr: none was
// kept.
const EvidenceSample* best_look(const Evidence& evidence);

// Why nobody is named, for people: "no look was taken".
std::string_view unnamed_text(Unnamed reason);

}  // namespace loopstall
