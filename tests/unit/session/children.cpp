#include "session/children.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "catch.h"
#include "session/command.h"
#include "target/target.h"

using namespace loopstall;
using namespace std::chrono_literals;

TEST_CASE("what left its group and its parent is found and ended") {
  REQUIRE(adopt_orphans());
  {
    auto command =
        Command::fork_waiting({"sh", "-c", "setsid sleep 1000 & setsid sh -c 'trap \"\" TERM; sleep 1000' & exit 0"});
    REQUIRE(command);
    REQUIRE(command->release());
    auto signals = Signals::take();
    REQUIRE(signals);
    CHECK(exit_code_of(command->wait(*signals)) == 0);
  }
  const ProcFs proc;
  for (int i = 0; i < 100 && descendants(proc, getpid()).size() < 2; ++i) usleep(20'000);
  CHECK(end_descendants(proc, 500ms) >= 2);
  CHECK(descendants(proc, getpid()).empty());
  CHECK(end_descendants(proc, 500ms) == 0);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}
