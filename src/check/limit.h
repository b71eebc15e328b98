// What a value is compared with, as it is written: "5ms", "80%", "0.8", "0".
#pragma once

#include <string>
#include <tl/expected.hpp>

#include "check/rule.h"

namespace loopstall::check {

// In ns, as a share of 1, or as a number; or what is wrong.
tl::expected<double, std::string> parse_limit(const std::string& text, Unit unit);

}  // namespace loopstall::check
