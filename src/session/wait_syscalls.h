// The wait family by syscall number (design.md: loop wait).
#pragma once

namespace loopstall {

enum class WaitFamily { None, Epoll, Set, Ring };  // Set: poll and select

WaitFamily wait_family(long nr);

}  // namespace loopstall
