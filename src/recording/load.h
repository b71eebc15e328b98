// The tables of an open recording -> a Session. A recording may come from anywhere, so whatever a column says is
// checked before it is used as an index.
#pragma once

#include "model/session.h"
#include "recording/sqlite.h"

namespace loopstall {

Result<Session> load_session(Database& db);

}  // namespace loopstall
