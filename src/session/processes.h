// Who is being measured: the processes named on the command line and, when children are followed, every descendant
// that lives until the next tick or opens a loop. A server that starts a command for each request would otherwise
// have /proc read for each, and fill the report with processes that never waited for anything.
//
// What a process is gets looked up when it is told to the session, and again when its first loop opens and when its
// first loop is confirmed: right after a fork or an exec neither its name nor its libraries are there yet.
#pragma once

#include <map>

#include "model/event.h"
#include "runtimes/runtime.h"
#include "target/procfs.h"

namespace loopstall {

struct Followed {
  int parent = 0;  // 0: named on the command line
  std::uint64_t seen_ns = 0;
  bool is_command = false;
  bool known = false;           // to the session
  bool current = false;         // and as it is now
  bool from_the_start = false;  // it ran its present program when the session began
  bool loop_opened = false, loop_confirmed = false;
  Runtime runtime;
  ProcessSeen last_told;
};

class Processes {
 public:
  Processes(const ProcFs& proc, Sink& sink) : proc_(proc), sink_(sink) {}

  // Running when the session began; parent 0: named on the command line.
  void found_running(int pid, int parent, std::uint64_t at_ns);
  // The command that we start: there is nothing about it that we have not seen.
  void started(int pid, std::uint64_t at_ns);
  void forked(int parent, int child, std::uint64_t at_ns);
  void execed(int pid, std::uint64_t at_ns);
  void exited(int pid, std::uint64_t at_ns);
  // A loop of this process was seen, or confirmed: its runtime, looked up afresh the first time.
  const Runtime& loop_opened(int pid, std::uint64_t at_ns);
  const Runtime& loop_confirmed(int pid, std::uint64_t at_ns);
  // Tells the session about those that are still there; notices those whose end was missed.
  void settle(std::uint64_t now_ns);

  bool is_alive(int pid) const { return alive_.contains(pid); }
  const std::map<int, Followed>& alive() const { return alive_; }

 private:
  Followed& entry(int pid, std::uint64_t at_ns);
  bool look_up(int pid, Followed& process);
  void tell(Followed& process, ProcessSeen seen);
  const Runtime& look_again(int pid, std::uint64_t at_ns, bool Followed::*done);

  const ProcFs& proc_;
  Sink& sink_;
  std::map<int, Followed> alive_;
};

}  // namespace loopstall
