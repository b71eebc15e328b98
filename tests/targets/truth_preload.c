// Preloaded into a target whose loop we did not write (CPython, uvloop, Node): stamps the iterations right at the
// calls of the loop wait, as truth.h's own loops do. The log's path comes from TRUTH_LOG.
//
// A nested wait ends an "iteration" here too. That does no harm: such an entry does not span the block, and whoever
// reads the log then takes the block alone.
#include <dlfcn.h>
#include <signal.h>

#include "truth.h"

__attribute__((constructor)) static void open_log(void) {
  const char* path = getenv("TRUTH_LOG");
  if (path) truth_open(path);
}

static void before(void) {
  if (truth_fd >= 0) truth_before_wait();
}

int epoll_wait(int ep, struct epoll_event* events, int most, int timeout) {
  static int (*real)(int, struct epoll_event*, int, int);
  if (!real) real = (int (*)(int, struct epoll_event*, int, int))dlsym(RTLD_NEXT, "epoll_wait");
  before();
  int n = real(ep, events, most, timeout);
  truth_after_wait();
  return n;
}

int epoll_pwait(int ep, struct epoll_event* events, int most, int timeout, const sigset_t* mask) {
  static int (*real)(int, struct epoll_event*, int, int, const sigset_t*);
  if (!real) real = (int (*)(int, struct epoll_event*, int, int, const sigset_t*))dlsym(RTLD_NEXT, "epoll_pwait");
  before();
  int n = real(ep, events, most, timeout, mask);
  truth_after_wait();
  return n;
}
