// What to know of a session if only one sentence is read.
#pragma once

#include <string>
#include <string_view>

#include "model/summary.h"

namespace loopstall {

// Values and their units hold together by no-break spaces.
std::string verdict_text(const Summary& summary);

// What a tier means for the reader.
std::string_view tier_text(Tier tier);

}  // namespace loopstall
