// The helper process of StallCommand.
#pragma once

#include <string>

namespace loopstall {

// Never returns. Says a byte when it is ready; for each message, words that end with NUL, it runs the command with them
// in its environment and says a byte, its exit status, when that has ended. When the other end is closed it ends the
// command and itself.
[[noreturn]] void run_stall_helper(int socket, const std::string& command);

}  // namespace loopstall
