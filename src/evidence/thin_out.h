// Fewer looks that stand for the same time.
#pragma once

#include <vector>

#include "model/raw_sample.h"

namespace loopstall {

// Leaves at most `most` looks, which is more than 2. Sleeps at the same place become one: a function that sleeps a
// hundred times would else leave no room for what comes after it. If that is not enough, two neighbours become one,
// those that stand for the least; the heavier one stays. Sleeps make room until they have half of it, then looks on the
// CPU do.
void thin_out(std::vector<RawSample>& looks, std::size_t most);

}  // namespace loopstall
