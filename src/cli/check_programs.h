// The programs of a check: the command that it starts, and the load that makes traffic. Both wait until they are
// released, and have ended when this is gone, with all that they started.
#pragma once

#include <optional>
#include <string>

#include "cli/check_run.h"
#include "session/command.h"
#include "target/procfs.h"

namespace loopstall {

class CheckPrograms {
 public:
  CheckPrograms(const CheckOptions& options, const ProcFs& proc) : options_(options), proc_(proc) {}
  CheckPrograms(const CheckPrograms&) = delete;
  CheckPrograms& operator=(const CheckPrograms&) = delete;
  ~CheckPrograms() { end(); }

  bool starts_command() const { return !options_.command.empty(); }
  // The command is a server: what is measured is its traffic, and not its whole life.
  bool serves() const;

  // While signals are not blocked yet, which they would inherit.
  Result<> fork();
  Result<> start_load();
  // An error if one of them has ended that is still needed.
  Result<> require();
  void end();

  std::optional<Command>& command() { return command_; }
  std::optional<Command>& load() { return load_; }
  std::string command_text() const;

  // What became of each, for the verdict; *_status: its wait status, if it has ended by itself. An error: what was
  // measured says nothing.
  void tell_command(std::optional<int> status, std::optional<int> load_status, CheckedRun& run) const;
  Result<> tell_load(std::optional<int> status, CheckedRun& run) const;

 private:
  const CheckOptions& options_;
  const ProcFs& proc_;
  std::optional<Command> command_, load_;
  bool load_runs_ = false;
};

}  // namespace loopstall
