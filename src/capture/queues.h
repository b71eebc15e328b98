// What the kernel side counted of queue delay, as events.
#pragma once

#include <queue.h>

#include "model/event.h"

namespace loopstall {

// What was counted since the last reading. Counters only grow, so what a torn read misses the next one has.
class QueueReader {
 public:
  QueueReader() : last_(std::make_unique<ls_queue>()) {}
  QueueSample read(LoopId loop, const ls_queue& queue, std::uint64_t now_ns);

 private:
  std::unique_ptr<ls_queue> last_;
};

// What sockets wait in the iteration that is open at now_ns.
Blame open_delay(const ls_queue& queue, std::uint64_t iteration_start_ns, std::uint64_t now_ns);

// For the next loop in this slot: sockets of the one before are told by its number.
void clear_queue(ls_queue& queue);

Blame to_blame(const ls_delayed& delayed);

}  // namespace loopstall
