// What loopstall needs to be allowed, and nothing more once it is attached.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loopstall {

struct Capability {
  std::string_view name;
  std::string_view why;
  int number;
};

std::span<const Capability> needed_capabilities();
std::vector<std::string> missing_capabilities();
// An error names what is missing and how to grant it.
Result<> require_capabilities();
// Keeps the needed ones only, and CAP_DAC_OVERRIDE if files must still be created in other users' folders (SQLite's
// side files). For this thread and those it starts later: call it before there are others.
Result<> drop_privileges(bool keep_dac_override);

}  // namespace loopstall
