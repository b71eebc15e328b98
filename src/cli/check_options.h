// The command line of `loopstall check`.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace loopstall {

void add_check_options(CLI::App& app, CheckOptions& options);
// What does not go together; "" if all is well.
std::string mistake_in(const CheckOptions& options);
// "x.loopstall", or anything with a folder in front: a file, and no process.
bool is_recording(const std::string& subject);

}  // namespace loopstall
