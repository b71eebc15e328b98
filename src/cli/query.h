// loopstall report RECORDING --sql SELECT.
#pragma once

#include "base/result.h"
#include "cli/options.h"

namespace loopstall {

Result<> answer_query(const ReportOptions& options);

}  // namespace loopstall
