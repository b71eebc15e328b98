// A recording opened for reading, as it is at one instant.
#pragma once

#include <string>

#include "recording/sqlite.h"

namespace loopstall {

// Says clearly what it is instead of a recording. An older one has the newer tables, empty.
Result<Database> open_checked(const std::string& path);

// The same words for every failure to read.
Error about_recording(const std::string& path, Error error);

}  // namespace loopstall
