// Which of a process's first 64 descriptors are epoll instances right now: by that the kernel side knows a loop that
// already existed when loopstall attached (probes/boundary.bpf.c, record_before_attach).
#pragma once

#include <cstdint>

namespace loopstall {

std::uint64_t epoll_descriptors(int pid);

}  // namespace loopstall
