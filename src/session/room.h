// For how many loops at a time there is room in the BPF maps. Each takes up to 160 KiB of them, whether it is there or
// not.
#pragma once

#include <cstdint>
#include <optional>

#include "target/target.h"

namespace loopstall {

std::size_t threads_of(const ProcFs& proc, const TargetSet& targets);
// threads: that the targets have now; nullopt: that of a command which is still to start.
std::uint32_t room_for_loops(std::optional<std::size_t> threads);

}  // namespace loopstall
