// Parses the command line, runs the verb, prints an error if there is one, and returns the exit code.
#pragma once

namespace loopstall {

int run_cli(int argc, char** argv);

}  // namespace loopstall
