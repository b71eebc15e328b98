// How much of a stall's run-queue delay the CPU quotas of its process' cgroups account for.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "causes/throttle.h"
#include "model/event.h"
#include "target/procfs.h"

namespace loopstall {

class Quotas {
 public:
  explicit Quotas(const ProcFs& proc) : proc_(proc) {}
  void add(int pid);
  void remove(int pid) { files_.erase(pid); }
  // Reads the counters of all that have a quota. False: none has, so that it is enough to ask again in a while.
  bool sample(std::uint64_t now_ns);
  // An upper bound, as ThrottleMeter has it, within the stall; 0 if it is not known.
  std::uint64_t throttled_in(const Stall& stall) const;

 private:
  const ProcFs& proc_;
  std::map<int, std::vector<std::string>> files_;                 // by pid
  std::map<std::vector<std::string>, ThrottleMeter> with_quota_;  // processes of one cgroup share theirs
};

}  // namespace loopstall
