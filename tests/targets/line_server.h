// The line protocol that all targets speak, on 127.0.0.1 and a port that the system chooses (printed on stdout):
//   ping              -> ok
//   block KIND NS     -> blocks the loop, then ok
//   quit              -> ok, and the loop ends
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "truth.h"

enum Served { kServed, kClosed, kQuit };

static int listen_local(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (fd < 0 || bind(fd, (struct sockaddr*)&a, sizeof a) || listen(fd, 128)) die("listen");
  return fd;
}

static int local_port(int fd) {
  struct sockaddr_in a;
  socklen_t size = sizeof a;
  if (getsockname(fd, (struct sockaddr*)&a, &size)) die("getsockname");
  return ntohs(a.sin_port);
}

// The accepted connection, or -1 when nobody is left to accept.
static int accept_one(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
  if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

static enum Served run_command(char* line) {
  char kind[16];
  long long ns;
  if (!strncmp(line, "quit", 4)) return kQuit;
  if (sscanf(line, "block %15s %lld", kind, &ns) == 2 && !truth_block(kind, ns)) fprintf(stderr, "no kind %s\n", kind);
  return kServed;
}

// Serves what a connection has sent. Clients send a line and wait for the answer, so a read holds whole lines.
static enum Served serve(int fd) {
  char text[512];
  ssize_t n = read(fd, text, sizeof text - 1);
  if (n < 0 && errno == EAGAIN) return kServed;
  if (n <= 0) return kClosed;
  text[n] = 0;
  enum Served result = kServed;
  char* rest = NULL;
  for (char* line = strtok_r(text, "\n", &rest); line && result == kServed; line = strtok_r(NULL, "\n", &rest)) {
    result = run_command(line);
    if (write(fd, "ok\n", 3) != 3) return kClosed;
  }
  return result;
}

static void watch(int ep, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
}

static enum Served serve_event(int ep, int listener, int fd) {
  if (fd != listener) return serve(fd);
  for (int client; (client = accept_one(listener)) >= 0;) watch(ep, client);
  return kServed;
}

// An epoll loop until a client says quit; its epoll descriptor is closed then.
static void run_epoll_loop(int listener) {
  struct epoll_event events[64];
  int ep = epoll_create1(EPOLL_CLOEXEC);
  watch(ep, listener);
  for (int running = 1; running;) {
    truth_before_wait();
    int n = epoll_wait(ep, events, 64, -1);
    truth_after_wait();
    for (int i = 0; i < n; i++) {
      enum Served served = serve_event(ep, listener, events[i].data.fd);
      if (served == kClosed) close(events[i].data.fd);
      if (served == kQuit) running = 0;
    }
  }
  close(ep);
}
