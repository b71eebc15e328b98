// Deliberate blocks of a known kind and length, and the log in which a target tells the truth about itself.
//
// One line per block:  KIND TID START END CPU RUNQUEUE USER
//   START, END   CLOCK_MONOTONIC ns, taken by the thread itself right around the block
//   CPU          the thread's CPU clock across the block
//   RUNQUEUE     time runnable without a CPU across the block, from the kernel's own schedstat
//   USER         CPU ns spent in user mode, known for KIND "mixed" only; -1 otherwise
// KIND "iteration" is the same truth for a whole iteration of 5 ms and more, as seen from user space: from the
// return of the loop wait to its next call (truth_preload.c sees them for loops that are not ours). Unknown values
// are -1.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { kKernelChunk = 1 << 20, kMixedSlice = 700000, kLoggedIteration = 5000000 };

static int truth_fd = -1;

static inline int64_t clock_now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline int64_t wall_now(void) { return clock_now(CLOCK_MONOTONIC); }
static inline int64_t cpu_now(void) { return clock_now(CLOCK_THREAD_CPUTIME_ID); }

static inline void die(const char* what) {
  perror(what);
  exit(1);
}

static inline void truth_open(const char* path) {
  truth_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (truth_fd < 0) die(path);
}

// Time that this thread waited for a CPU so far; -1 where the kernel does not keep it.
static int64_t runqueue_now(void) {
  static __thread int fd = -1;
  char text[96];
  if (fd < 0) fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
  ssize_t n = pread(fd, text, sizeof text - 1, 0);
  if (n <= 0) return -1;
  text[n] = 0;
  long long cpu, delay;
  return sscanf(text, "%lld %lld", &cpu, &delay) == 2 ? delay : -1;
}

static void truth_line(const char* kind, int64_t start, int64_t end, int64_t cpu, int64_t runqueue, int64_t user) {
  char line[192];
  int n = snprintf(line, sizeof line, "%s %ld %lld %lld %lld %lld %lld\n", kind, syscall(SYS_gettid), (long long)start,
                   (long long)end, (long long)cpu, (long long)runqueue, (long long)user);
  // One write per line: threads share the file.
  if (write(truth_fd, line, (size_t)n) != n) die("truth log");
}

// ---- the kinds: each blocks the calling thread for ns and returns the user CPU if it knows it, else -1 ----

static int64_t block_sleep(int64_t ns) {
  struct timespec t = {ns / 1000000000, ns % 1000000000};
  nanosleep(&t, NULL);
  return -1;
}

static int64_t block_spin(int64_t ns) {
  int64_t end = wall_now() + ns;
  while (wall_now() < end) {
  }
  return -1;
}

// Kernel CPU without sleeping: the kernel clears a buffer, 50 us and more a call.
static void spin_in_kernel(int64_t ns) {
  static __thread char* buffer;
  static __thread int zero = -1;
  if (zero < 0) zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
  if (!buffer) buffer = (char*)malloc(kKernelChunk);
  int64_t end = wall_now() + ns;
  while (wall_now() < end) {
    if (read(zero, buffer, kKernelChunk) <= 0) die("/dev/zero");
  }
}

// Half user, half kernel, in slices whose length has no common measure with a 1 ms sampling clock.
static int64_t block_mixed(int64_t ns) {
  int64_t end = wall_now() + ns, user = 0;
  while (wall_now() < end) {
    int64_t began = cpu_now();
    block_spin(kMixedSlice);
    user += cpu_now() - began;
    spin_in_kernel(kMixedSlice);
  }
  return user;
}

// A descriptor that never becomes readable.
static int silent_fd(void) {
  static __thread int fds[2] = {-1, -1};
  if (fds[0] < 0 && pipe2(fds, O_CLOEXEC)) die("pipe");
  return fds[0];
}

static int64_t block_poll(int64_t ns) {
  struct pollfd p = {silent_fd(), POLLIN, 0};
  poll(&p, 1, (int)(ns / 1000000));
  return -1;
}

// As curl's transfer: on two sockets, of which neither becomes readable.
static int64_t block_pair(int64_t ns) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) die("socketpair");
  struct pollfd p[] = {{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}};
  poll(p, 2, (int)(ns / 1000000));
  close(ends[0]);
  close(ends[1]);
  return -1;
}

// As a client reads a long answer: again and again on one descriptor.
static int64_t block_polls(int64_t ns) {
  struct pollfd p = {silent_fd(), POLLIN, 0};
  for (int64_t end = wall_now() + ns; wall_now() < end;) poll(&p, 1, 10);
  return -1;
}

static int64_t block_select(int64_t ns) {
  fd_set set;
  FD_ZERO(&set);
  FD_SET(silent_fd(), &set);
  struct timeval t = {ns / 1000000000, ns % 1000000000 / 1000};
  select(silent_fd() + 1, &set, NULL, NULL, &t);
  return -1;
}

static int64_t block_epoll(int64_t ns) {
  struct epoll_event event = {.events = EPOLLIN};
  int ep = epoll_create1(EPOLL_CLOEXEC);
  epoll_ctl(ep, EPOLL_CTL_ADD, silent_fd(), &event);
  epoll_wait(ep, &event, 1, (int)(ns / 1000000));
  close(ep);
  return -1;
}

// A table of pointers, so that no kind is inlined into a loop: a handler has a stack frame below its loop's. (Those
// that have none are in one_function.c.)
static const struct {
  const char* name;
  int64_t (*run)(int64_t ns);
} kKinds[] = {{"sleep", block_sleep},   {"spin", block_spin},   {"mixed", block_mixed}, {"poll", block_poll},
              {"select", block_select}, {"epoll", block_epoll}, {"polls", block_polls}, {"pair", block_pair}};

// Blocks and logs it. 0 if there is no such kind.
static int truth_block(const char* kind, int64_t ns) {
  for (size_t i = 0; i < sizeof kKinds / sizeof kKinds[0]; i++) {
    if (strcmp(kKinds[i].name, kind)) continue;
    int64_t runqueue = runqueue_now(), cpu = cpu_now(), start = wall_now();
    int64_t user = kKinds[i].run(ns);
    int64_t end = wall_now(), cpu_end = cpu_now(), runqueue_end = runqueue_now();
    truth_line(kind, start, end, cpu_end - cpu, runqueue < 0 ? -1 : runqueue_end - runqueue, user);
    return 1;
  }
  return 0;
}

// Around the loop wait: tell the log about a long iteration.
static __thread int64_t iteration_began;
static inline void truth_before_wait(void) {
  int64_t now = wall_now();
  if (iteration_began && now - iteration_began >= kLoggedIteration) {
    truth_line("iteration", iteration_began, now, -1, -1, -1);
  }
}
static inline void truth_after_wait(void) { iteration_began = wall_now(); }
