// In a shared cgroup (kubectl exec into the target's container) our BPF maps count against the target's memory limit.
#pragma once

#include <cstdint>
#include <optional>

namespace loopstall {

// The limit in bytes of the memory cgroup that this process shares with pid; nullopt if there is none.
std::optional<std::uint64_t> shared_memory_limit(int pid);

}  // namespace loopstall
