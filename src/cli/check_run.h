// One measured run of `loopstall check`: of targets, or of a command that is started for it, with traffic if it is
// told to make some. Whatever it starts has ended when it returns, whichever way that is; a target is never signalled.
//
//   TARGET             attach, for -d or until the load ends
//   -- COMMAND         measured from its first instruction to its end, as by `run`
//   with --load or --ready: a server. It is started, listens, is attached to, gets its traffic, and is stopped.
#pragma once

#include <optional>
#include <string>

#include "check/verdict.h"
#include "cli/options.h"
#include "model/session.h"

namespace loopstall {

struct CheckedRun {
  Session session;
  std::optional<check::ProgramEnd> command{}, load{};
  std::optional<std::string> broken{};  // the command failed: how
  std::optional<std::uint64_t> stolen_ns{};
};

// number: from 0. An error that is the command's own carries its exit code.
Result<CheckedRun> check_run(const CheckOptions& options, unsigned number);

}  // namespace loopstall
