// A program whose loop ends when a client says quit: it closes its epoll descriptor, then reads stdin to the end.
// Nothing of that is a stall: there is no loop any more. ends_loop LOG
#include "line_server.h"

int main(int argc, char** argv) {
  char text[64];
  if (argc != 2) return 2;
  truth_open(argv[1]);
  int listener = listen_local();
  printf("port %d\n", local_port(listener));
  fflush(stdout);
  run_epoll_loop(listener);
  printf("ended\n");
  fflush(stdout);
  while (read(0, text, sizeof text) > 0) {
  }
}
