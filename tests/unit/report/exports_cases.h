// Sessions that only the exports' tests need.
#pragma once

#include "model/session.h"

namespace loopstall {

// Names that mean something in some format, wherever a name can stand.
Session hostile_everywhere();
// More stalls than are listed, more than keep their stacks, and more culprits than there are groups for.
Session more_than_is_kept();
// As with --no-evidence: more stalls than are listed, and nothing else is known of the others.
Session without_evidence();
// A million stalls and 10,000 tasks.
Session huge();

}  // namespace loopstall
