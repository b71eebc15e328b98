#include "target/wait_syscalls.h"

#include <sys/syscall.h>

namespace loopstall {

WaitFamily wait_family(long nr) {
  switch (nr) {
#ifdef SYS_epoll_wait  // newer architectures (arm64) have the p variants only
    case SYS_epoll_wait:
#endif
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2:
      return WaitFamily::Epoll;
#ifdef SYS_poll
    case SYS_poll:
#endif
    case SYS_ppoll:
      return WaitFamily::Poll;
#ifdef SYS_select
    case SYS_select:
#endif
    case SYS_pselect6:
      return WaitFamily::Select;
    case SYS_io_uring_enter:
      return WaitFamily::Ring;
    default:
      return WaitFamily::None;
  }
}

}  // namespace loopstall
