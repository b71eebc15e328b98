/*
 * Asks a line server at random moments, whether or not earlier answers have come, and logs when each request was sent
 * and its answer read: what the server's clients feel.
 *
 *   queue_client PORT CONNECTIONS PER_SECOND SECONDS LOG [LINE EVERY_MS]...
 *
 * Each LINE (a request that holds the server, say) is asked on a connection of its own, EVERY_MS. A line of the log:
 * number of the LINE or 0 for ping, sent, answered; CLOCK_MONOTONIC ns.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 4096

struct connection {
  int fd;
  unsigned kind;
  unsigned long long sent; /* 0: no answer is waited for */
  const char* line;
  unsigned long long every, due;
};

static struct connection all[MAX_CONNECTIONS];
static unsigned count, idle[MAX_CONNECTIONS], idles;
static FILE* log_file;

static unsigned long long now_ns(void) {
  struct timespec t;

  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static int open_connection(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

  if (fd < 0 || connect(fd, (struct sockaddr*)&to, sizeof(to))) {
    perror("connect");
    exit(1);
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return fd;
}

static struct connection* add(int epoll, int port, unsigned kind, const char* line, unsigned long long every) {
  struct connection* c = &all[count];
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = count};

  c->fd = open_connection(port);
  c->kind = kind;
  c->line = line;
  c->every = every;
  c->due = now_ns() + every;
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
  count++;
  return c;
}

static void ask(struct connection* c) {
  char text[128];
  int n = snprintf(text, sizeof(text), "%s\n", c->line);

  c->sent = now_ns();
  if (write(c->fd, text, n) != n) exit(1);
}

static void answered(unsigned index) {
  struct connection* c = &all[index];
  char text[64];

  if (read(c->fd, text, sizeof(text)) <= 0) {
    fprintf(stderr, "a connection ended\n");
    exit(1);
  }
  fprintf(log_file, "%u %llu %llu\n", c->kind, c->sent, now_ns());
  c->sent = 0;
  if (!c->kind) idle[idles++] = index;
}

static unsigned long long next_after(double per_second) {
  double u = (random() + 1.0) / ((double)RAND_MAX + 2.0);

  return (unsigned long long)(-log(u) / per_second * 1e9);
}

int main(int argc, char** argv) {
  int port = atoi(argv[1]), connections = atoi(argv[2]), epoll = epoll_create1(0), i, n;
  double per_second = atof(argv[3]);
  unsigned long long begin, end, due, now, missed = 0;
  struct epoll_event events[64];

  log_file = fopen(argv[5], "w");
  for (i = 0; i < connections; i++) {
    add(epoll, port, 0, "ping", 0);
    idle[idles++] = i;
  }
  for (i = 6; i + 1 < argc; i += 2)
    add(epoll, port, (i - 4) / 2, argv[i], strtoull(argv[i + 1], NULL, 10) * 1000000ULL);
  printf("ready\n");
  fflush(stdout);
  begin = now_ns();
  end = begin + (unsigned long long)(atof(argv[4]) * 1e9);
  due = begin + next_after(per_second);
  for (;;) {
    now = now_ns();
    if (now >= end && idles == (unsigned)connections) break;
    if (now < end && now >= due) {
      if (idles)
        ask(&all[idle[--idles]]);
      else
        missed++;
      due += next_after(per_second);
    }
    for (i = connections; i < (int)count; i++)
      if (!all[i].sent && now >= all[i].due && now < end) {
        ask(&all[i]);
        all[i].due += all[i].every;
      }
    n = epoll_wait(epoll, events, 64, due > now + 1000000 ? 1 : 0);
    for (i = 0; i < n; i++) answered(events[i].data.u32);
  }
  fclose(log_file);
  printf("missed %llu\n", missed);
  return 0;
}
