// Whose code native frames are. The loop is found without knowing the runtime: the innermost call that the stack at
// the loop's own wait and the stack of a look share is the loop's; what is inside it was dispatched.
#pragma once

#include <string>
#include <vector>

#include "model/evidence.h"

namespace loopstall {

// One physical call with the functions that were inlined into it, innermost first.
struct NativeCall {
  std::uint64_t cfa = 0;  // the caller's stack pointer: the same call has the same
  Stack frames;
};

// program: path of the main executable: its functions are the user's, but for libraries that are linked into it. In an
// interpreter nobody is the user's, and no loop is told: that what it dispatched is a function of its own says nothing.
void assign_native_roles(std::vector<NativeCall>& calls, const std::vector<NativeCall>& at_wait,
                         const std::string& program);

}  // namespace loopstall
