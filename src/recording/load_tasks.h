// Reads the tables task, task_bucket, task_handler and task_handler_bucket.
#pragma once

#include "model/session.h"
#include "recording/sqlite.h"

namespace loopstall {

Result<> load_tasks(Database& db, Session& session);

}  // namespace loopstall
