// Reads requests back.
#pragma once

#include "model/session.h"
#include "recording/sqlite.h"

namespace loopstall {

// Into a session whose loops were loaded before.
Result<> load_requests(Database& db, Session& session);

}  // namespace loopstall
