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

TEST_CASE("for a command there are more of them, also while the report is made") {
  auto signals = Signals::take(Signals::For::Command);
  REQUIRE(signals);
  for (const int number : {SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT}) {
    kill(getpid(), number);
    const auto seen = signals->next();
    REQUIRE(seen);
    CHECK(seen->number == number);
  }
  signals->become_impatient();
  kill(getpid(), SIGUSR1);
  const auto seen = signals->next();
  REQUIRE(seen);
  CHECK(seen->number == SIGUSR1);
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
