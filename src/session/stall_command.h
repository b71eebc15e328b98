// `--on-stall COMMAND`: a shell command for each stall. It is run by a helper process that is forked before our
// privileges are given up, because without them nobody could become the user who started us. The helper keeps none of
// them: it becomes that user (of sudo, by SUDO_UID and SUDO_GID) at once, drops every capability, and has no descriptor
// of ours but standard error and its end of a socket pair. What it is asked for is the environment of the next command,
// nothing else.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "session/stall_listener.h"

namespace loopstall {

// The words that the command finds in its environment: LOOPSTALL_PID, LOOPSTALL_TID, LOOPSTALL_STALL_NS,
// LOOPSTALL_STALL_MS, and LOOPSTALL_CULPRIT, LOOPSTALL_FILE, LOOPSTALL_LINE, LOOPSTALL_CAUSE, which are empty where it
// is not known. Names are the target's: control characters in them are replaced.
std::vector<std::string> stall_environment(const Stall& stall);

class StallCommand : public StallListener {
 public:
  // The command gets its own session, nothing on standard input, and our standard error for its output and errors.
  static Result<StallCommand> start(const std::string& command);
  StallCommand(StallCommand&& other) noexcept;
  StallCommand& operator=(StallCommand&&) = delete;
  // A command that still runs has 5 s more; then it is ended with its process group by SIGTERM, as it is when we die.
  ~StallCommand() override;

  // Runs it, unless it still runs or was started less than a second ago: then the stall is skipped and counted.
  void on_stall(const Stall& stall) override;
  std::uint64_t skipped() const { return skipped_; }
  std::uint64_t runs() const { return runs_; }
  struct Failures {
    std::uint64_t count = 0;
    int last_status = 0;  // as the shell has it: 128 + the number of the signal that killed it
  };
  Failures failures();  // so far

 private:
  StallCommand(int helper, Fd socket) : helper_(helper), socket_(std::move(socket)) {}
  bool is_running();
  bool told_of_end(std::chrono::milliseconds limit);

  int helper_;
  Fd socket_;
  bool running_ = false;
  std::uint64_t last_start_ns_ = 0;
  std::uint64_t skipped_ = 0, runs_ = 0;
  Failures failures_;
};

}  // namespace loopstall
