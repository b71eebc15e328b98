// Is a thread that waits again and again an event loop? Invariant 7: a thread that only ever waits for one
// socket (a pool thread in a DB driver, a sync worker) is unconfirmed and has no stalls.
//
//   epoll, io_uring   a loop, unless the epoll set has never held anything but one network socket
//   poll, select      a loop if it waits for two or more descriptors and at least one is neither a pipe nor a
//                     listening socket (gunicorn's sync worker selects on its listener and a pipe)
#pragma once

#include <string>
#include <vector>

#include "model/values.h"
#include "model/waited.h"
#include "target/procfs.h"

namespace loopstall {

struct Verdict {
  bool confirmed = false;
  std::string reason;  // set when not confirmed
};

// members: the descriptors waited for. Those whose number is another file's by now count as closed, but for those that
// were noted of an epoll set: it may be closed itself.
Verdict judge_loop(const ProcFs& proc, int pid, Wait wait, const std::vector<Waited>& members);

}  // namespace loopstall
