#include "session/signals.h"

#include <unistd.h>

#include "catch.h"

using namespace loopstall;

TEST_CASE("signals wait in a descriptor, with their origin") {
  auto signals = Signals::take();
  REQUIRE(signals);
  CHECK_FALSE(signals->next());
  kill(getpid(), SIGINT);
  const auto seen = signals->next();
  REQUIRE(seen);
  CHECK(seen->number == SIGINT);
  CHECK(seen->from_a_process);
  CHECK_FALSE(signals->next());
}

TEST_CASE("an ignored SIGHUP stays ignored, as nohup wants it") {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    auto signals = Signals::take();
    REQUIRE(signals);
    kill(getpid(), SIGHUP);
    CHECK_FALSE(signals->next());
  }
  std::signal(SIGHUP, before);
}
