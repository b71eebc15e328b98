// The command of `loopstall run`. It is forked first, before privileges are dropped and signals are taken, and waits
// until it is being measured; only then it becomes the command, so it is measured from its first instruction.
#pragma once

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

class Command {
 public:
  static Result<Command> fork_waiting(const std::vector<std::string>& argv);
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

 private:
  Command(int pid, std::string name, Fd gate, Fd failure);
  int reap();

  int pid_;
  std::string name_;
  Fd gate_;     // a byte written here lets it run
  Fd failure_;  // and here it says why execvp failed
};

}  // namespace loopstall
