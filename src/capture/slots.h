// The loops' slots, mapped from the kernel's array: counters in place, no system call a reading.
#pragma once

#include <events.h>

#include <memory>
#include <vector>

#include "base/result.h"
#include "capture/mapped_array.h"
#include "model/event.h"
#include "model/waited.h"

namespace loopstall {

// Reads what was counted since the last reading. Counters only grow, so a torn read is off by the iteration that was
// being added, and the next one makes it good.
class SlotReader {
 public:
  explicit SlotReader(LoopId loop) : loop_(loop), last_(std::make_unique<ls_slot>()) { *last_ = {}; }
  LoopSample read(const ls_slot& slot, std::uint64_t now_ns);
  LoopId loop() const { return loop_; }
  const ls_slot& last() const { return *last_; }

 private:
  LoopId loop_;
  std::unique_ptr<ls_slot> last_;
  std::uint64_t last_idle_ns_ = 0;  // with the open wait's part
};

class SlotTable {
 public:
  static Result<SlotTable> map(int map_fd, int free_fd, std::uint32_t slots);

  ls_slot& operator[](std::uint32_t index) const { return memory_[index % slots_]; }
  // Clears a slot whose thread is gone and hands it back to the kernel.
  void release(std::uint32_t index);

 private:
  SlotTable(MappedArray<ls_slot> memory, std::uint32_t slots, int free_fd)
      : memory_(std::move(memory)), slots_(slots), free_fd_(free_fd) {}
  MappedArray<ls_slot> memory_;
  std::uint32_t slots_;
  int free_fd_;
};

// Of a histogram that only grows.
std::vector<BucketDelta> changed_buckets(const ls_dist& now, const ls_dist& before);

// The first descriptors that a poll or select waits for, as the kernel noted them.
std::vector<Waited> waited_descriptors(const ls_slot& slot);

// The iteration that is open at now_ns, if it has lasted at least threshold_ns.
struct OpenIteration {
  bool stalled = false;
  Stall stall;  // loop, pid and tid unset
};
OpenIteration open_iteration(const ls_slot& slot, std::uint64_t now_ns, std::uint64_t threshold_ns);
// The same of a slot that the kernel may be writing to: none while it does.
OpenIteration open_iteration_now(const ls_slot& slot, std::uint64_t now_ns, std::uint64_t threshold_ns);

}  // namespace loopstall
