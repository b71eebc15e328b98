// A descriptor that becomes readable when a process ends.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

namespace loopstall {

inline Fd open_pidfd(int pid) { return Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }  // close-on-exec

}  // namespace loopstall
