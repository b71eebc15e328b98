// A plain epoll loop: epoll_server LOG
#include "line_server.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  truth_open(argv[1]);
  int listener = listen_local();
  printf("port %d\n", local_port(listener));
  fflush(stdout);
  run_epoll_loop(listener);
}
