#include "session/command.h"

#include <sys/wait.h>

#include "catch.h"

using namespace loopstall;

namespace {

int run_to_the_end(const std::vector<std::string>& argv) {
  auto command = Command::fork_waiting(argv);
  REQUIRE(command);
  if (auto released = command->release(); !released) return static_cast<int>(released.error().code);
  auto signals = Signals::take();
  REQUIRE(signals);
  return exit_code_of(command->wait(*signals));
}

}  // namespace

TEST_CASE("the exit code is the command's own") {
  CHECK(run_to_the_end({"true"}) == 0);
  CHECK(run_to_the_end({"sh", "-c", "exit 3"}) == 3);
}

TEST_CASE("a command that was killed ends as in the shell") {
  CHECK(run_to_the_end({"sh", "-c", "kill -TERM $$"}) == 128 + SIGTERM);
  CHECK(run_to_the_end({"sh", "-c", "kill -KILL $$"}) == 128 + SIGKILL);
}

TEST_CASE("a command that can not be started says why") {
  CHECK(run_to_the_end({"/nonexistent/command"}) == kNotFound);
  CHECK(run_to_the_end({"no-such-command-in-the-path"}) == kNotFound);
  CHECK(run_to_the_end({"/dev/null"}) == kNotExecutable);
}

TEST_CASE("a command that is never released does nothing and leaves no zombie") {
  int pid = 0;
  {
    auto command = Command::fork_waiting({"sh", "-c", "exit 3"});
    REQUIRE(command);
    pid = command->pid();
    CHECK(kill(pid, 0) == 0);
  }
  CHECK(kill(pid, 0) == -1);
}

TEST_CASE("a signal that was meant for us alone is passed on") {
  auto command = Command::fork_waiting({"sleep", "30"});
  REQUIRE(command);
  REQUIRE(command->release());
  auto signals = Signals::take();
  REQUIRE(signals);
  kill(getpid(), SIGTERM);
  CHECK(exit_code_of(command->wait(*signals)) == 128 + SIGTERM);
}

TEST_CASE("the terminal's own Ctrl-C is not passed on") {
  auto command = Command::fork_waiting({"sleep", "30"});
  REQUIRE(command);
  REQUIRE(command->release());
  command->pass_on({SIGKILL, false});
  command->pass_on({SIGTERM, true});
  auto signals = Signals::take();
  REQUIRE(signals);
  CHECK(exit_code_of(command->wait(*signals)) == 128 + SIGTERM);
}

TEST_CASE("the command has a clean signal mask although ours is not") {
  auto command = Command::fork_waiting({"sh", "-c", "kill -INT $$"});
  REQUIRE(command);
  auto signals = Signals::take();
  REQUIRE(signals);
  REQUIRE(command->release());
  CHECK(exit_code_of(command->wait(*signals)) == 128 + SIGINT);
}

TEST_CASE("an end is told in words") {
  CHECK(describe_end(W_EXITCODE(3, 0)) == "exited with status 3");
  CHECK(describe_end(W_EXITCODE(0, SIGTERM)) == "was killed by SIGTERM (15)");
}
