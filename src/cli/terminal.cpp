#include "cli/terminal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "cli/talk.h"

namespace loopstall {
namespace {

// The other screen, no cursor, and no wrapping of what a terminal thinks is too wide.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l\033[?7l\033[2J";
constexpr std::string_view kLeave = "\033[0m\033[?7h\033[?25h\033[?1049l";
constexpr int kPatienceMs = 1000;

// For a handler that can be called at any time: nothing of it is on the heap.
termios state_before;
volatile std::sig_atomic_t raw_fd = -1;

void restore() {
  const int fd = raw_fd;
  if (fd < 0) return;
  raw_fd = -1;
  pollfd terminal{fd, POLLOUT, 0};
  poll(&terminal, 1, kPatienceMs);
  if (write(fd, kLeave.data(), kLeave.size()) < 0) return;  // it is gone
  tcflush(fd, TCIFLUSH);
  tcsetattr(fd, TCSANOW, &state_before);
}

// SA_RESETHAND: raised again it does what it would have done.
void restore_and_die(int signal) {
  restore();
  raise(signal);
}

// Not SIGBUS, which a file that is cut while it is read raises, and symbols/ survives.
void restore_on_crash() {
  struct sigaction action {};
  action.sa_handler = restore_and_die;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int signal : {SIGSEGV, SIGILL, SIGFPE, SIGABRT, SIGQUIT}) sigaction(signal, &action, nullptr);
}

// Ctrl-C stays a signal. Ctrl-Z and Ctrl-\ would leave the terminal as it must not be left, and Ctrl-S would stop it.
termios raw(termios state) {
  state.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | IEXTEN);
  state.c_iflag &= ~static_cast<tcflag_t>(IXON);
  state.c_cc[VSUSP] = state.c_cc[VQUIT] = _POSIX_VDISABLE;
  return state;
}

bool add(const Fd& events, const Fd& source) {
  epoll_event event{};
  event.events = EPOLLIN;
  return epoll_ctl(events.get(), EPOLL_CTL_ADD, source.get(), &event) == 0;
}

}  // namespace

// A descriptor of its own: what is set not to block must not be the shell's.
Result<Terminal> Terminal::open() {
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || is_dumb_terminal())
    return usage_error(
        "top needs a terminal that can be drawn on (TERM is not \"dumb\")\n"
        "  elsewhere use loopstall attach TARGET -d 10s");
  Fd tty(::open("/proc/self/fd/1", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!tty) return system_error("cannot open the terminal");
  Fd events(epoll_create1(EPOLL_CLOEXEC));
  if (!events || !add(events, tty)) return system_error("epoll");
  return Terminal(std::move(tty), std::move(events));
}

Result<> Terminal::watch_resizes() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGWINCH);
  resizes_ = Fd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!resizes_ || sigprocmask(SIG_BLOCK, &set, nullptr) != 0 || !add(events_, resizes_))
    return system_error("signalfd");
  return {};
}

void Terminal::enter() {
  if (tcgetattr(tty_.get(), &state_before) != 0) return;
  raw_fd = tty_.get();
  entered_ = true;
  restore_on_crash();
  const termios state = raw(state_before);
  tcsetattr(tty_.get(), TCSANOW, &state);
  send(std::string(kEnter));
}

void Terminal::leave() {
  if (std::exchange(entered_, false) && tty_) restore();
}

bool Terminal::read(std::string& bytes) {
  signalfd_siginfo resize{};
  while (resizes_ && ::read(resizes_.get(), &resize, sizeof(resize)) > 0) continue;
  std::array<char, 256> buffer{};
  const ssize_t n = ::read(tty_.get(), buffer.data(), buffer.size());
  if (n > 0) bytes.append(buffer.data(), static_cast<std::size_t>(n));
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

top::Size Terminal::size() const {
  winsize size{};
  if (ioctl(tty_.get(), TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

// Each line is cleared before it is written: after a line that fills its row, clearing would eat its last character.
void Terminal::show(std::vector<std::string> lines, bool all) {
  if (!entered_ || !flush()) return;  // a picture that a slow terminal has not taken yet: this one is left out
  const top::Size now = size();
  if (now != shown_size_) shown_.clear();
  std::string bytes = now != shown_size_ ? "\033[2J" : "";
  for (std::size_t i = 0; i < lines.size() && i < now.rows; ++i)
    if (all || i >= shown_.size() || shown_[i] != lines[i]) bytes += fmt::format("\033[{};1H\033[K{}", i + 1, lines[i]);
  shown_ = std::move(lines);
  shown_size_ = now;
  send(bytes);
}

void Terminal::send(const std::string& bytes) {
  unsent_ += bytes;
  flush();
}

bool Terminal::flush() {
  while (!unsent_.empty()) {
    const ssize_t n = write(tty_.get(), unsent_.data(), unsent_.size());
    if (n <= 0) return false;
    unsent_.erase(0, static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace loopstall
