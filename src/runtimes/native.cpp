// Any other program. Iterations need no knowledge of the runtime: the loop wait, its epoll fd and the stack pointer
// tell a loop from what runs inside it.
#include "runtimes/adapters.h"

namespace loopstall {

Detected detect_native(const ProcFs&, const ProcessInfo&) { return Runtime{"native", {}}; }

}  // namespace loopstall
