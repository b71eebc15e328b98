#include "session/processes.h"

namespace loopstall {
namespace {

constexpr std::size_t kCommandBytes = 200;

std::string command_line(const ProcessInfo& process) {
  std::string joined;
  for (const std::string& word : process.argv) {
    if (!joined.empty()) joined += ' ';
    joined += word;
    if (joined.size() > kCommandBytes) break;
  }
  return joined.substr(0, kCommandBytes);
}

}  // namespace

void Processes::found_running(int pid, int parent, std::uint64_t at_ns) {
  Followed& process = alive_[pid];
  process.parent = parent;
  process.seen_ns = at_ns;
  process.from_the_start = true;
  look_up(pid, process);
}

void Processes::started(int pid, std::uint64_t at_ns) {
  Followed& process = alive_[pid];
  process.seen_ns = at_ns;
  process.is_command = true;
  look_up(pid, process);
}

void Processes::forked(int parent, int child, std::uint64_t at_ns) {
  if (is_alive(child)) return;
  Followed& process = alive_[child];
  process.parent = parent;
  process.seen_ns = at_ns;
}

void Processes::execed(int pid, std::uint64_t at_ns) {
  Followed& process = entry(pid, at_ns);
  process.current = process.from_the_start = process.loop_opened = process.loop_confirmed = false;
}

void Processes::exited(int pid, std::uint64_t at_ns) {
  const auto found = alive_.find(pid);
  if (found == alive_.end()) return;
  const bool known = found->second.known;
  alive_.erase(found);
  if (known) sink_.on(ProcessExited{pid, at_ns});
}

const Runtime& Processes::loop_opened(int pid, std::uint64_t at_ns) {
  return look_again(pid, at_ns, &Followed::loop_opened);
}

const Runtime& Processes::loop_confirmed(int pid, std::uint64_t at_ns) {
  return look_again(pid, at_ns, &Followed::loop_confirmed);
}

const Runtime& Processes::look_again(int pid, std::uint64_t at_ns, bool Followed::*done) {
  Followed& process = entry(pid, at_ns);
  if (!(process.*done)) {
    process.*done = true;
    look_up(pid, process);
  }
  return process.runtime;
}

void Processes::settle(std::uint64_t now_ns) {
  std::vector<int> gone;
  for (auto& [pid, process] : alive_) {
    const bool there = process.current ? proc_.process(pid).has_value() : look_up(pid, process);
    if (!there) gone.push_back(pid);
  }
  for (const int pid : gone) exited(pid, now_ns);
}

// A loop may open in a process whose fork was not seen: its record was lost, or it was there before us.
Followed& Processes::entry(int pid, std::uint64_t at_ns) {
  const auto [found, added] = alive_.try_emplace(pid);
  if (added) found->second.seen_ns = at_ns;
  return found->second;
}

bool Processes::look_up(int pid, Followed& process) {
  const std::optional<ProcessInfo> info = proc_.process(pid);
  if (!info) return false;
  if (process.parent == 0 && !process.from_the_start && !process.is_command) process.parent = info->parent;
  process.runtime = detect_runtime(proc_, *info);
  process.current = true;
  tell(process, {pid, process.parent, process.seen_ns, info->comm, command_line(*info), process.runtime.name});
  return true;
}

void Processes::tell(Followed& process, ProcessSeen seen) {
  const ProcessSeen& last = process.last_told;
  const bool same = last.comm == seen.comm && last.command == seen.command && last.runtime == seen.runtime;
  if (process.known && same) return;
  process.known = true;
  process.last_told = seen;
  sink_.on(seen);
}

}  // namespace loopstall
