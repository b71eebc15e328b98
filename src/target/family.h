// Who started whom: parents and children among the processes alive now.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "target/procfs.h"

namespace loopstall {

// One scan of /proc. Processes that appear or end meanwhile may be missing; forks after attaching are followed
// by the kernel side.
class Family {
 public:
  explicit Family(const ProcFs& proc);
  const std::map<int, ProcessInfo>& processes() const { return processes_; }
  std::set<int> ancestors(int pid) const;
  std::vector<ProcessInfo> descendants(int pid) const;

 private:
  std::map<int, ProcessInfo> processes_;
  std::map<int, std::vector<int>> children_;
};

}  // namespace loopstall
