// A server on libevent: libevent_server LOG. Speaks the line protocol (line_server.h) through bufferevents, so that
// several frames of the library lie between its loop and what blocks.
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "truth.h"

static void on_lines(struct bufferevent* client, void* base) {
  struct evbuffer* input = bufferevent_get_input(client);
  char* line;
  while ((line = evbuffer_readln(input, NULL, EVBUFFER_EOL_LF))) {
    char kind[16];
    long long ns;
    if (sscanf(line, "block %15s %lld", kind, &ns) == 2) truth_block(kind, ns);
    free(line);
    evbuffer_add(bufferevent_get_output(client), "ok\n", 3);
  }
  (void)base;
}

static void on_event(struct bufferevent* client, short what, void* base) {
  (void)base;
  if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) bufferevent_free(client);
}

static void on_client(struct evconnlistener* listener, evutil_socket_t fd, struct sockaddr* peer, int size,
                      void* base) {
  (void)listener, (void)peer, (void)size;
  struct bufferevent* client = bufferevent_socket_new((struct event_base*)base, fd, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb(client, on_lines, NULL, on_event, base);
  bufferevent_enable(client, EV_READ | EV_WRITE);
}

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  truth_open(argv[1]);
  struct event_base* base = event_base_new();
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct evconnlistener* listener =
      evconnlistener_new_bind(base, on_client, base, LEV_OPT_CLOSE_ON_FREE, 16, (struct sockaddr*)&a, sizeof a);
  socklen_t size = sizeof a;
  if (!listener || getsockname(evconnlistener_get_fd(listener), (struct sockaddr*)&a, &size)) die("listen");
  printf("port %d\n", ntohs(a.sin_port));
  fflush(stdout);
  return event_base_dispatch(base);
}
