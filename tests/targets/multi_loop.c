// Ten epoll loops in ten threads of one process, a port each: multi_loop LOG
#include <pthread.h>

#include "line_server.h"

enum { kLoops = 10 };

static void* run(void* listener) {
  run_epoll_loop((int)(intptr_t)listener);
  return NULL;
}

static void start(pthread_t* thread, int number, int listener) {
  char name[16];
  snprintf(name, sizeof name, "loop%d", number);
  if (pthread_create(thread, NULL, run, (void*)(intptr_t)listener)) die("pthread_create");
  pthread_setname_np(*thread, name);
}

int main(int argc, char** argv) {
  pthread_t threads[kLoops];
  int listeners[kLoops];
  if (argc != 2) return 2;
  truth_open(argv[1]);
  printf("port");
  for (int i = 0; i < kLoops; i++) {
    listeners[i] = listen_local();
    printf(" %d", local_port(listeners[i]));
  }
  printf("\n");
  fflush(stdout);
  for (int i = 0; i < kLoops; i++) start(&threads[i], i, listeners[i]);
  for (int i = 0; i < kLoops; i++) pthread_join(threads[i], NULL);
}
