// A plain poll() loop without any epoll descriptor: poll_server LOG
#include "line_server.h"

enum { kMost = 256 };
static struct pollfd fds[kMost];
static int count;

static void add(int fd) {
  if (count == kMost) die("too many connections");
  fds[count++] = (struct pollfd){fd, POLLIN, 0};
}

static void drop(int i) {
  close(fds[i].fd);
  fds[i] = fds[--count];
}

static void accept_all(int listener) {
  for (int client; (client = accept_one(listener)) >= 0;) add(client);
}

// 0 when a client said quit. Backwards, because drop() moves the last one into the hole.
static int serve_ready(void) {
  for (int i = count - 1; i >= 0; i--) {
    if (!fds[i].revents) continue;
    if (i == 0) {
      accept_all(fds[0].fd);
      continue;
    }
    enum Served served = serve(fds[i].fd);
    if (served == kClosed) drop(i);
    if (served == kQuit) return 0;
  }
  return 1;
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  truth_open(argv[1]);
  add(listen_local());
  printf("port %d\n", local_port(fds[0].fd));
  fflush(stdout);
  do {
    truth_before_wait();
    poll(fds, (nfds_t)count, -1);
    truth_after_wait();
  } while (serve_ready());
}
