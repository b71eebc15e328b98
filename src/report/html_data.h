// What a page of a report shows: the values of the JSON report under the same names, without what no page shows, and
// with what only a page needs.
#pragma once

#include "report/json_parts.h"

namespace loopstall {

Json html_data(const Summary& summary);

}  // namespace loopstall
