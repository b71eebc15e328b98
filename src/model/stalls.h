// Which stalls are kept when there are more than kStallsKept: the worst.
#pragma once

#include "model/session.h"

namespace loopstall {

// A stall of a loop that exists. If there is no room, it or the mildest kept one is dropped and counted.
void keep_stall(Session& session, const Stall& stall);

// To be called after a loop was confirmed or its confirmation was taken back: stalls of unconfirmed loops, which
// no report shows, go first.
void reorder_stalls(Session& session);

}  // namespace loopstall
