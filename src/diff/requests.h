// Requests by name in both sessions. They are shown and not tested: of them there are no blocks of time.
#pragma once

#include <optional>
#include <vector>

#include "model/summary.h"

namespace loopstall {

struct RequestChange {
  RequestName name;
  std::optional<RequestSummary> before, after;  // nullopt: there are none in this session
};

// Those that held the loops longest first, then the most frequent.
std::vector<RequestChange> match_requests(const Summary& before, const Summary& after);

}  // namespace loopstall
