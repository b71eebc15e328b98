// Invariant 8: a loop that was stuck before we attached and all the time since has never waited, so capture has not
// seen it. It is asked to look: from then on the iteration that goes on is one as any other. A process that was there
// from the start, without a confirmed loop, with an epoll set that nobody waits for, is presumed to be that: its main
// thread runs the loop.
//
// A wrong accusation is worse than a missed one, so the epoll set must look like a loop's (two members or more, and
// judge_loop agrees), be no copy inherited from the parent and no member of another set, and the main thread must not
// wait in a loop wait of its own. One exception to the last: it sits in a single wait since before the session began,
// that is for no listening socket: a synchronous call inside a handler. If that wait would pass for a loop's (several
// sockets, another epoll set), it must be proven that the set is one of a server, who serves nobody: it holds a
// listening socket and a connection accepted from it, and the wait is for none of its members; no other thread may be
// in the handler instead, unless the wait is for a connection; and a child whose parent is gone may have the set from
// there.
#pragma once

#include <set>

#include "session/collector.h"

namespace loopstall {

struct StuckSearch {
  const ProcFs& proc;
  const Session& session;
  const Processes& processes;
  const std::map<LoopId, Waiter>& waiters;
  Sink& sink;
  LoopControl& control;
  std::set<int>& presumed;  // processes that capture was told of
};

// Tells capture of such loops, and the session in a note.
void presume_stuck_loops(const StuckSearch& search);

}  // namespace loopstall
