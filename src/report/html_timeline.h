// A loop's time in a page's data: what a chart of a thousand pixels can show, in columns.
#pragma once

#include "report/json_parts.h"

namespace loopstall {

// How many points of a timeline are drawn as one, so that a page of many loops stays small.
std::size_t points_at_once(const Summary& summary);

Json html_timeline_json(const Loop& loop, const SessionInfo& info, std::size_t at_once);

}  // namespace loopstall
