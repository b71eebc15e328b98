#include "session/command.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.h"
#include "session/file_limit.h"

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

TEST_CASE("a command has the file limit that we were started with") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit few{100, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  raise_file_limit();
  rlimit raised{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &raised) == 0);
  CHECK(raised.rlim_cur == before.rlim_max);
  CHECK(run_to_the_end({"sh", "-c", "exit $(ulimit -n)"}) == 100);
  setrlimit(RLIMIT_NOFILE, &before);
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

TEST_CASE("a command is ended with its group, and its status is kept") {
  using namespace std::chrono_literals;
  auto command = Command::fork_waiting({"sh", "-c", "sleep 1000 & sleep 1000"}, {.own_group = true});
  REQUIRE(command);
  REQUIRE(command->release());
  CHECK_FALSE(command->ended());
  const int status = command->end(2000ms);
  CHECK(exit_code_of(status) == 128 + SIGTERM);
  CHECK(command->ended() == status);
  CHECK(command->end(0ms) == status);
}

TEST_CASE("a command that does not listen to SIGTERM is killed") {
  using namespace std::chrono_literals;
  auto command = Command::fork_waiting({"sh", "-c", "trap '' TERM; while :; do sleep 0.01; done"}, {.own_group = true});
  REQUIRE(command);
  REQUIRE(command->release());
  usleep(100'000);
  CHECK(exit_code_of(command->end(200ms)) == 128 + SIGKILL);
}

TEST_CASE("its output goes where it is told to") {
  auto command =
      Command::fork_waiting({"sh", "-c", "test \"$(readlink /proc/$$/fd/1)\" = \"$(readlink /proc/$$/fd/2)\""},
                            {.own_group = false, .output_to_stderr = true});
  REQUIRE(command);
  REQUIRE(command->release());
  auto signals = Signals::take();
  REQUIRE(signals);
  CHECK(exit_code_of(command->wait(*signals)) == 0);
}
