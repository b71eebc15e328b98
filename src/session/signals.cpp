#include "session/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <array>

#include "base/clock.h"

namespace loopstall {
namespace {

constexpr std::uint64_t kEchoNs = 300'000'000;
std::uint64_t last_signal_ns = 0;  // read by the handler; written only while it can not run

void end_at_once(int number) {
  if (clock_ns(CLOCK_MONOTONIC) - last_signal_ns > kEchoNs) _exit(128 + number);
}

bool is_ignored(int number) {
  struct sigaction action {};
  sigaction(number, nullptr, &action);
  return action.sa_handler == SIG_IGN;
}

// What ends us.
constexpr std::array kEnds = {SIGINT, SIGTERM, SIGHUP};
// What we have no use for, but a command that we run may. (Ctrl-\ ends it, and we tell of it.)
constexpr std::array kForCommand = {SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT};

void add(sigset_t& set, int number) {
  if (!is_ignored(number)) sigaddset(&set, number);
}

sigset_t signals_to_take(Signals::For whom) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  add(set, SIGHUP);
  if (whom == Signals::For::Command)
    for (const int number : kForCommand) add(set, number);
  return set;
}

}  // namespace

Result<Signals> Signals::take(For whom) {
  const sigset_t set = signals_to_take(whom);
  Fd fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return system_error("signalfd");
  sigset_t before;
  if (sigprocmask(SIG_BLOCK, &set, &before) != 0) return system_error("sigprocmask");
  return Signals(std::move(fd), set, before);
}

Signals::~Signals() {
  if (fd_) sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<SignalSeen> Signals::next() {
  signalfd_siginfo info{};
  if (read(fd_.get(), &info, sizeof(info)) != sizeof(info)) return std::nullopt;
  last_signal_ns = monotonic_ns();
  return SignalSeen{static_cast<int>(info.ssi_signo), info.ssi_code <= 0};
}

void Signals::take_again() { sigprocmask(SIG_BLOCK, &set_, nullptr); }

void Signals::become_impatient() {
  struct sigaction action {};
  action.sa_handler = end_at_once;
  for (const int number : kEnds)
    if (sigismember(&set_, number) == 1) sigaction(number, &action, nullptr);
  sigset_t mask = before_;
  for (const int number : kForCommand)  // they wait until somebody passes them on
    if (sigismember(&set_, number) == 1) sigaddset(&mask, number);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
}

}  // namespace loopstall
