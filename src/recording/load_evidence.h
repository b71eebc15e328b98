// The tables that say why stalls happened -> the stalls and groups of a Session.
#pragma once

#include "model/session.h"
#include "recording/sqlite.h"

namespace loopstall {

// Loops and stalls are loaded already.
Result<> load_evidence(Database& db, Session& session);

}  // namespace loopstall
