// A comparison as docs/diff.schema.json has it.
#pragma once

#include "diff/diff.h"
#include "report/json_parts.h"

namespace loopstall {

Json diff_json(const Diff& diff);
// Into the comparison's object; nothing if neither session was asked for them.
void add_requests(Json& json, const Diff& diff);

}  // namespace loopstall
