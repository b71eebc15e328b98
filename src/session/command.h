// The command of `loopstall run`. It is forked first, before privileges are dropped and signals are taken, and waits
// until it is being measured; only then it becomes the command, so it is measured from its first instruction.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "session/signals.h"

namespace loopstall {

// As env(1), timeout(1) and the shell have it.
constexpr int kOwnFailure = 125;
constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

// The exit code for a wait status: the command's own, or 128 + the signal that killed it.
int exit_code_of(int wait_status);
// "exited with status 3", "was killed by SIGTERM (15)".
std::string describe_end(int wait_status);
// The exit code for an execvp that failed.
int exit_code_of_exec(int err);

struct CommandStyle {
  bool own_group = false;         // a process group of its own, and it ends when we die
  bool output_to_stderr = false;  // its standard output is our standard error
};

class Command {
 public:
  static Result<Command> fork_waiting(const std::vector<std::string>& argv, const CommandStyle& style = {});
  Command(Command&& other) noexcept;
  Command& operator=(Command&&) = delete;
  ~Command();  // a command that was never released ends unseen

  int pid() const { return pid_; }
  // Lets it run. An error carries the exit code 126 or 127.
  Result<> release();
  // Ctrl-C has reached the command already; a signal sent to us alone has not.
  void pass_on(const SignalSeen& signal) const;
  // Waits for its end, passing on signals meanwhile; then its wait status.
  int wait(Signals& signals);
  // Its wait status if it has ended.
  std::optional<int> ended();
  // Ends it, with its group if it has one: SIGTERM, and SIGKILL after `grace`. Its wait status.
  int end(std::chrono::milliseconds grace);

 private:
  Command(int pid, std::string name, Fd gate, Fd failure, bool own_group);
  int reap();
  void send(int signal) const;

  int pid_;
  std::string name_;
  Fd gate_;     // a byte written here lets it run
  Fd failure_;  // and here it says why execvp failed
  bool own_group_;
  std::optional<int> status_{};  // it has been waited for
};

}  // namespace loopstall
