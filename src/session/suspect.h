// Is this process a server whose loop has been stuck all the time? stuck.h says what speaks for it and against it.
#pragma once

#include <optional>

#include "session/first_wait.h"

namespace loopstall {

class Suspect {
 public:
  Suspect(const StuckSearch& search, int pid, const Followed& process)
      : search_(search), pid_(pid), process_(process), wait_(search, pid) {}
  // Descriptor of the epoll instance whose loop it is; nullopt: it is none.
  std::optional<int> stuck_epoll();

 private:
  bool has_confirmed_loop() const;
  bool main_thread_is_busy() const;

  bool looks_abandoned(int epoll) const;
  bool inherited(int epoll, const std::vector<int>& members) const;
  bool nested_in_another(int epoll) const;
  bool waited_for(int epoll) const;
  bool is_orphan() const;
  bool is_servers(const std::vector<int>& members) const;
  bool other_threads_rest() const;

  const StuckSearch& search_;
  const int pid_;
  const Followed& process_;
  const FirstWait wait_;
  std::vector<int> epolls_;
};

}  // namespace loopstall
