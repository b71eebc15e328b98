// What task events do to a session.
#pragma once

#include "model/session.h"

namespace loopstall {

void see_task(Session& session, const TaskSeen& e);
void add_steps(Session& session, const TaskSample& e);
void add_handled(Session& session, const StepHandled& e);

}  // namespace loopstall
