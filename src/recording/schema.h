// The recording's tables, as documented in docs/recording.md. Whoever changes a table so that an older loopstall
// would misread it raises kRecordingVersion; a new table, a new view or a new row in cost, lost or meta does not
// need it.
#pragma once

#include <cstdint>
#include <string>

#include "recording/sqlite.h"

namespace loopstall {

constexpr std::uint32_t kRecordingApplicationId = 0x6c737431;  // "lst1"
constexpr std::uint32_t kRecordingVersion = 4;

// Makes an empty database a recording of nothing.
Result<> create_schema(Database& db);

// An open recording of an earlier version looks like one of this version afterwards. The file is not changed.
Result<> upgrade_in_memory(Database& db);

}  // namespace loopstall
