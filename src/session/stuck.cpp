#include "session/stuck.h"

#include <fmt/format.h>

#include "session/suspect.h"

namespace loopstall {
namespace {

std::string note_of(int pid, const std::string& comm) {
  return fmt::format(
      "process {} ({}) did not wait for events from the beginning on: its main thread is presumed to be an event loop "
      "that was stuck before loopstall attached",
      pid, comm);
}

}  // namespace

void presume_stuck_loops(const StuckSearch& search) {
  for (const auto& [pid, process] : search.processes.alive()) {
    if (search.presumed.contains(pid)) continue;
    const auto epoll = Suspect(search, pid, process).stuck_epoll();
    if (!epoll || !search.control.presume_loop(pid, *epoll)) continue;
    search.presumed.insert(pid);
    search.sink.on(Note{note_of(pid, process.last_told.comm)});
  }
}

}  // namespace loopstall
