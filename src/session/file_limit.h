// How many files we may have open: each map, program, probe and process takes one. What we start gets the limit that we
// were started with, since programs that use select(2) can not do with more.
#pragma once

#include "base/result.h"

namespace loopstall {

void raise_file_limit();    // to the most that this user may have
void restore_file_limit();  // in a child, before exec
// Where few files may be open that is the likely reason, whatever the kernel says.
Error explain_file_limit(Error error);

}  // namespace loopstall
