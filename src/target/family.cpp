#include "target/family.h"

#include <deque>

#include "target/target.h"

namespace loopstall {

Family::Family(const ProcFs& proc) {
  for (const int pid : proc.pids()) {
    auto info = proc.process(pid);
    if (!info) continue;
    children_[info->parent].push_back(pid);
    processes_.emplace(pid, std::move(*info));
  }
}

std::set<int> Family::ancestors(int pid) const {
  std::set<int> found;
  for (auto it = processes_.find(pid); it != processes_.end(); it = processes_.find(it->second.parent))
    if (!found.insert(it->second.parent).second) break;  // pids reused during the scan can form a ring
  return found;
}

std::vector<ProcessInfo> Family::descendants(int pid) const {
  std::vector<ProcessInfo> found;
  std::set<int> seen{pid};
  std::deque<int> queue{pid};
  for (; !queue.empty(); queue.pop_front()) {
    const auto children = children_.find(queue.front());
    if (children == children_.end()) continue;
    for (const int child : children->second) {
      if (!seen.insert(child).second) continue;
      found.push_back(processes_.at(child));
      queue.push_back(child);
    }
  }
  return found;
}

std::vector<ProcessInfo> descendants(const ProcFs& proc, int pid) {
  std::vector<ProcessInfo> alive;
  for (auto& process : Family(proc).descendants(pid))
    if (process.state != 'Z') alive.push_back(std::move(process));
  return alive;
}

}  // namespace loopstall
