// Signals become descriptors while we measure, so that nothing is interrupted halfway.
#pragma once

#include <csignal>
#include <cstdint>
#include <optional>

#include "base/fd.h"
#include "base/result.h"

namespace loopstall {

struct SignalSeen {
  int number = 0;
  bool from_a_process = false;  // kill(2), and not Ctrl-C, which reaches the whole foreground group by itself
};

class Signals {
 public:
  enum class For { Us, Command };
  // From here on SIGINT, SIGTERM and (unless ignored, as nohup does) SIGHUP wait in fd(); for a command, whom they are
  // passed on to, also SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH and SIGCONT.
  static Result<Signals> take(For whom = For::Us);
  Signals(Signals&&) noexcept = default;
  Signals& operator=(Signals&&) noexcept = default;
  ~Signals();

  int fd() const { return fd_.get(); }
  std::optional<SignalSeen> next();
  // While the report is made a signal ends loopstall at once; but timeout(1) sends each signal twice, so one that
  // comes right after the first is not the user's impatience.
  void become_impatient();
  void take_again();

 private:
  Signals(Fd fd, sigset_t set, sigset_t before) : fd_(std::move(fd)), set_(set), before_(before) {}
  Fd fd_;
  sigset_t set_, before_;
};

}  // namespace loopstall
