// The sessions whose reports are kept as golden files.
#pragma once

#include <string_view>
#include <vector>

#include "model/session.h"

namespace loopstall {

struct GoldenCase {
  std::string_view name;
  Session (*make)();
};

const std::vector<GoldenCase>& golden_cases();

Session session_with_tasks();
Session session_with_queues();
Session session_with_requests();

}  // namespace loopstall
