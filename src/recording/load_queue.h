// Reads queue delay and blame back.
#pragma once

#include "model/session.h"
#include "recording/sqlite.h"

namespace loopstall {

// Into the loops, stalls, groups and tasks that were loaded before.
Result<> load_queue(Database& db, Session& session);

}  // namespace loopstall
