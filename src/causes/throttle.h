// Which part of a run-queue delay the cgroup's CPU quota accounts for.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace loopstall {

// Reads the kernel's counters of throttled time now and then. They are an upper bound for one thread: they add up the
// cgroup's run queues of all CPUs and all levels of the tree, and are booked when a throttled run queue goes on, not
// before. The caller takes the smaller of the bound and the delay that it measured.
class ThrottleMeter {
 public:
  // The files of cpu_stat_files(). None: nothing is ever known.
  explicit ThrottleMeter(std::vector<std::string> stat_files) : files_(std::move(stat_files)) {}

  // Call it before the first interval that will be asked for, then regularly, every 100 ms for example: the quota's
  // usual period. Times are CLOCK_MONOTONIC ns and ascend.
  void sample(std::uint64_t now_ns);

  // At most so many ns of [begin, end] were lost to the quota: what the counters grew by from the last sample at or
  // before begin to the first one at or after end, and no more than end - begin. nullopt: no such samples (any more).
  std::optional<std::uint64_t> throttled_between(std::uint64_t begin_ns, std::uint64_t end_ns) const;

 private:
  struct Sample {
    std::uint64_t at_ns, throttled_ns;
  };
  std::vector<std::string> files_;
  std::deque<Sample> samples_;
};

}  // namespace loopstall
