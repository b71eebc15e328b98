#include "model/queue.h"

#include <algorithm>

namespace loopstall {

Blame& Blame::operator+=(const Blame& o) {
  total_ns += o.total_ns;
  max_ns = std::max(max_ns, o.max_ns);
  sockets += o.sockets;
  return *this;
}

QueueCounters& QueueCounters::operator+=(const QueueCounters& o) {
  waited_ns += o.waited_ns;
  held_ns += o.held_ns;
  stalled_ns += o.stalled_ns;
  early_ns += o.early_ns;
  unread += o.unread;
  elsewhere += o.elsewhere;
  own_waits += o.own_waits;
  refused += o.refused;
  backlog_most = std::max(backlog_most, o.backlog_most);
  backlog_limit = std::max(backlog_limit, o.backlog_limit);
  return *this;
}

// The longest queue may have been before.
QueueCounters& QueueCounters::operator-=(const QueueCounters& o) {
  waited_ns -= o.waited_ns;
  held_ns -= o.held_ns;
  stalled_ns -= o.stalled_ns;
  early_ns -= o.early_ns;
  unread -= o.unread;
  elsewhere -= o.elsewhere;
  own_waits -= o.own_waits;
  refused -= o.refused;
  return *this;
}

}  // namespace loopstall
