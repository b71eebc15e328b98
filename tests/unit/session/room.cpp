#include "session/room.h"

#include <unistd.h>

#include "catch.h"

using namespace loopstall;

TEST_CASE("room for loops follows the threads there are, within bounds") {
  CHECK(room_for_loops(1) >= 32);
  CHECK(room_for_loops(std::nullopt) >= 64);
  CHECK(room_for_loops(50) >= 100);
  CHECK(room_for_loops(1000) == 128);
}

TEST_CASE("threads of all targets are counted") {
  const ProcFs proc;
  TargetSet targets;
  CHECK(threads_of(proc, targets) == 0);
  targets.processes.resize(2);
  targets.processes[0].pid = targets.processes[1].pid = getpid();
  CHECK(threads_of(proc, targets) == 2 * proc.threads(getpid()).size());
}
