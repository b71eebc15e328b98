// Logs the moments at which a core ran nothing at all: gap_monitor CPU LOG
//
// A virtual machine loses time that no counter books. A spinning monitor would see it, but would also take the
// core from the server that is being measured. So this one wakes up every 0.5 ms with real-time priority, which
// preempts whatever runs there for some 10 us. When it wakes up late it writes "gap LAST NOW": the core was last seen
// alive at LAST (CLOCK_MONOTONIC ns), so the gap lies in between and is at most that long. Exits with 4 where
// real-time priority is not permitted.
#include <sched.h>

#include "truth.h"

enum { kPeriod = 500000, kLate = 150000 };

static void become_first(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  struct sched_param param = {.sched_priority = 1};
  if (sched_setaffinity(0, sizeof set, &set)) die("sched_setaffinity");
  if (sched_setscheduler(0, SCHED_FIFO, &param)) {
    perror("SCHED_FIFO");
    exit(4);
  }
}

static int64_t sleep_until(int64_t when) {
  struct timespec t = {when / 1000000000, when % 1000000000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
  return wall_now();
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  FILE* log = fopen(argv[2], "we");
  if (!log) die(argv[2]);
  become_first(atoi(argv[1]));
  printf("ready\n");
  fflush(stdout);
  for (int64_t last = wall_now();;) {
    int64_t now = sleep_until(last + kPeriod);
    if (now - last - kPeriod >= kLate) {
      fprintf(log, "gap %lld %lld\n", (long long)last, (long long)now);
      fflush(log);
    }
    last = wall_now();
  }
}
