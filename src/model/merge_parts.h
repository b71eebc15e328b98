// One recording's rows behind those of others: on their clock, with numbers and names of their own; a part of merge().
#pragma once

#include "model/merge.h"

namespace loopstall::merge_parts {

void append(Session& merged, NamedSession recording);

}  // namespace loopstall::merge_parts
