// Anyone's SELECT on a recording. Whatever it says, it can only read this file.
#pragma once

#include "base/result.h"
#include "base/table.h"

namespace loopstall {

// One statement. A mistake in it is a usage error, with SQLite's own words.
Result<Table> select_from_recording(const std::string& path, const std::string& sql);

}  // namespace loopstall
