// Which stalls are kept when there are more than kStallsKept: the worst.
#pragma once

#include "model/session.h"

namespace loopstall {

// A stall of a loop that exists. If there is no room, it or the mildest kept one is dropped and counted.
void keep_stall(Session& session, const Stall& stall);

// Evidence for a stall that was handed to keep_stall() before.
void keep_evidence(Session& session, const EvidenceFound& found);

// Takes the stacks away from the mildest stalls as long as there are too many of them.
void keep_worst_stacks(Session& session);

// The order in which stalls and their stacks are kept, the worst first: a total one, so that what is kept does not
// depend on the order of arrival.
struct Worse {
  const Session& session;
  bool operator()(const Stall& a, const Stall& b) const;
};

// To be called after a loop was confirmed or its confirmation was taken back: stalls of unconfirmed loops, which
// no report shows, go first.
void reorder_stalls(Session& session);

}  // namespace loopstall
