/* Stops itself at the end of a known chain of calls; the tests unwind it from outside. Built without frame pointers. */
#define _GNU_SOURCE
#include <alloca.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define KEEP __attribute__((noipa, visibility("default"))) /* its own frame, whatever the optimizer thinks */

static volatile int sink;

KEEP int chain_c(int n) {
  raise(SIGSTOP);
  return n + sink;
}
KEEP int chain_b(int n) { return chain_c(n + 1) + sink; }
KEEP int chain_a(int n) { return chain_b(n + 1) + sink; }

KEEP int recurse(int n) { return n == 0 ? chain_a(0) + sink : recurse(n - 1) + sink; }

KEEP int dynamic_frame(int n) {
  char* p = alloca((size_t)n * 16 + 1);
  memset(p, n, (size_t)n * 16 + 1);
  return chain_a(n) + p[n];
}

KEEP void on_signal(int number) { sink = chain_a(number); }
KEEP int interrupted(int n) {
  raise(SIGUSR1);
  return n + sink;
}
KEEP int with_handler(int on_own_stack) {
  static char own[65536];
  stack_t stack = {.ss_sp = own, .ss_size = sizeof own};
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = on_own_stack ? SA_ONSTACK : 0};
  if (on_own_stack) sigaltstack(&stack, NULL);
  sigaction(SIGUSR1, &action, NULL);
  return interrupted(1) + sink;
}

static inline __attribute__((always_inline)) int inlined_inner(int n) { return chain_c(n * 3) + sink; } /* line 41 */
static inline __attribute__((always_inline)) int inlined_outer(int n) {
  return inlined_inner(n + 1) + sink; /* line 43 */
}
KEEP int with_inlined(int n) {        /* line 45 */
  return inlined_outer(n + 1) + sink; /* line 46 */
}

int main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "chain";
  if (!strcmp(what, "recurse")) return recurse(20) + sink;
  if (!strcmp(what, "deep")) return recurse(1000) + sink;
  if (!strcmp(what, "alloca")) return dynamic_frame(argc * 7) + sink;
  if (!strcmp(what, "signal")) return with_handler(0) + sink;
  if (!strcmp(what, "sigaltstack")) return with_handler(1) + sink;
  if (!strcmp(what, "inlined")) return with_inlined(argc) + sink;
  return chain_a(1) + sink;
}
