// Loops whose waits and whose handlers' waits are calls in one function, as inlining leaves them: one_function LOG LOOP
// HANDLER
//   LOOP     epoll, poll, select; stack-poll (its set is on the stack, of varying size); two-epolls (one is looked at,
//   the
//            other slept in); outer-poll (of an epoll descriptor, which is looked at next)
//   HANDLER  poll, select, epoll: waits 60 ms in every fifth round of 20 ms while the file LOG.go is there; logged
#include <sys/timerfd.h>

#include "line_server.h"

#define INLINE static inline __attribute__((always_inline))
enum { kTickMs = 20, kRounds = 5, kBlockMs = 60 };

static int tick, sockets[2], listener, silent, ep, urgent;

INLINE void wait_in_poll(struct pollfd* set, int count) {
  int fds[] = {listener, tick, sockets[0]};
  for (int i = 0; i < count; i++) set[i] = (struct pollfd){fds[i % 3], POLLIN, 0};
  poll(set, (nfds_t)count, -1);
}

INLINE void wait_in_select(void) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(listener, &set);
  FD_SET(tick, &set);
  FD_SET(sockets[0], &set);
  select(sockets[1] + 1, &set, NULL, NULL, NULL);
}

INLINE void wait_as(const char* loop, int round) {
  struct epoll_event events[8];
  struct pollfd set[3], both[2] = {{ep, POLLIN, 0}, {urgent, POLLIN, 0}};
  if (!strcmp(loop, "epoll")) {
    epoll_wait(ep, events, 8, -1);
  } else if (!strcmp(loop, "poll")) {
    wait_in_poll(set, 3);
  } else if (!strcmp(loop, "select")) {
    wait_in_select();
  } else if (!strcmp(loop, "stack-poll")) {
    struct pollfd varying[3 + round % 7 * 3];
    wait_in_poll(varying, 3 + round % 7 * 3);
  } else if (!strcmp(loop, "two-epolls")) {
    epoll_wait(urgent, events, 8, 0);
    epoll_wait(ep, events, 8, -1);
  } else {
    poll(both, 2, -1);
    epoll_wait(ep, events, 8, 0);
  }
}

INLINE void handle(const char* handler) {
  int64_t start = wall_now(), cpu = cpu_now();
  if (!strcmp(handler, "poll")) {
    struct pollfd one = {silent, POLLIN, 0};
    poll(&one, 1, kBlockMs);
  } else if (!strcmp(handler, "select")) {
    struct timeval t = {0, kBlockMs * 1000};
    select(0, NULL, NULL, NULL, &t);
  } else {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = 0};
    int own = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(own, EPOLL_CTL_ADD, silent, &event);
    epoll_wait(own, &event, 1, kBlockMs);
    close(own);
  }
  truth_line(handler, start, wall_now(), cpu_now() - cpu, -1, -1);
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  char go[256];
  snprintf(go, sizeof go, "%s.go", argv[1]);
  truth_open(argv[1]);
  struct itimerspec every = {{0, kTickMs * 1000000}, {0, kTickMs * 1000000}};
  listener = listen_local();
  tick = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  silent = silent_fd();
  ep = epoll_create1(EPOLL_CLOEXEC);
  urgent = epoll_create1(EPOLL_CLOEXEC);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) || timerfd_settime(tick, 0, &every, NULL)) die("set up");
  watch(ep, listener);
  watch(ep, tick);
  watch(ep, sockets[0]);
  watch(urgent, sockets[0]);
  printf("port %d\n", local_port(listener));
  fflush(stdout);
  for (int round = 1;; round++) {
    uint64_t ticks;
    truth_before_wait();
    wait_as(argv[2], round);
    truth_after_wait();
    if (read(tick, &ticks, sizeof ticks) == sizeof ticks && round % kRounds == 0 && !access(go, F_OK)) handle(argv[3]);
  }
}
