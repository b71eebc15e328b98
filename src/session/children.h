// Whatever a command of ours starts ends with it: loopstall becomes the parent of those whose own parent has gone, so
// that none is lost, and nobody but a descendant of ours is ever signalled.
#pragma once

#include <chrono>

#include "base/result.h"
#include "target/procfs.h"

namespace loopstall {

// Before the first command is started.
Result<> adopt_orphans();

// Ends and reaps every descendant: SIGTERM, and SIGKILL after `grace`. Commands have been waited for before. Those that
// were still there.
std::size_t end_descendants(const ProcFs& proc, std::chrono::milliseconds grace);

}  // namespace loopstall
