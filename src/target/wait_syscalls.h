// The wait family by syscall number (design.md: loop wait).
#pragma once

namespace loopstall {

enum class WaitFamily { None, Epoll, Poll, Select, Ring };

WaitFamily wait_family(long nr);

}  // namespace loopstall
