/* A second thread that stops the process: its stack ends in clone. */
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

static volatile int sink;

__attribute__((noipa)) void* in_thread(void* arg) {
  raise(SIGSTOP);
  sink = 1;
  return arg;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, in_thread, NULL);
  pthread_join(thread, NULL);
  return sink;
}
