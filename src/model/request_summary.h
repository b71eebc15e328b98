// A session's requests as the rows of a report: those of different loops under one name are one.
#pragma once

#include "model/summary.h"

namespace loopstall {

// Fills summary.requests. The loops are in their final order already.
void add_requests(Summary& summary, const Session& session);

}  // namespace loopstall
