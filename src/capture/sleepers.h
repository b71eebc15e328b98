// Looks at sleeps that still go on.
#pragma once

#include <optional>

#include "capture/split_object.h"
#include "model/raw_sample.h"

namespace loopstall {

struct Sleeper {
  int pid = 0, tid = 0;
  std::uint32_t slot = 0;
  std::uint64_t iteration = 0;
};

// The look at the sleep that this thread is in; its length is that until now. It waits in the kernel until the sleep
// ends; if none was taken when it began, one is taken now, from outside. loop and tid are the caller's to set.
std::optional<RawSample> find_asleep_look(const SplitObject& split, const Sleeper& sleeper, std::uint64_t now_ns);

}  // namespace loopstall
