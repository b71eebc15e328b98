// A session's tasks as the rows of a report: each handler's steps, and the steps whose handler is not told.
#pragma once

#include "model/summary.h"

namespace loopstall {

// Fills summary.tasks, and what summary.loops say of steps. The loops are in their final order already.
void add_tasks(Summary& summary, const Session& session);

}  // namespace loopstall
