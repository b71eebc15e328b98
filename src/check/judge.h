// A rule and what was measured -> a finding.
#pragma once

#include "check/verdict.h"

namespace loopstall::check {

Finding judge(const Rule& rule, const Measured& measured);

// As people write it: "4.71 ms", "12.5 %", "3".
std::string value_text(Unit unit, double value);

}  // namespace loopstall::check
