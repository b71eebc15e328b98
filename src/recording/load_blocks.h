// The blocks of time of a session whose loops and tasks are loaded.
#pragma once

#include "model/session.h"
#include "recording/sqlite.h"

namespace loopstall {

Result<> load_blocks(Database& db, Session& session);

}  // namespace loopstall
