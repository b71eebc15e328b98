#include "session/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <thread>
#include <utility>

#include "session/file_limit.h"
#include "session/pidfd.h"

namespace loopstall {
namespace {

struct Pipe {
  Fd read, write;
};

Result<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return system_error("pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

void take_style(const CommandStyle& style) {
  if (style.output_to_stderr) dup2(STDERR_FILENO, STDOUT_FILENO);
  if (!style.own_group) return;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
}

// In the child, between fork and exec. It was forked before we touched the signal mask; only SIGPIPE, which we ignore,
// would be handed on.
[[noreturn]] void become_command(char* const* argv, int gate, int failure, const CommandStyle& style) {
  take_style(style);
  char go = 0;
  if (read(gate, &go, 1) != 1) _exit(kOwnFailure);
  std::signal(SIGPIPE, SIG_DFL);
  restore_file_limit();
  execvp(argv[0], argv);
  const int err = errno;
  if (write(failure, &err, sizeof(err)) != sizeof(err)) _exit(kOwnFailure);
  _exit(exit_code_of_exec(err));
}

std::vector<char*> c_strings(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace

int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

std::string describe_end(int wait_status) {
  if (!WIFSIGNALED(wait_status)) return fmt::format("exited with status {}", WEXITSTATUS(wait_status));
  const char* name = sigabbrev_np(WTERMSIG(wait_status));
  return fmt::format("was killed by SIG{} ({})", name ? name : "?", WTERMSIG(wait_status));
}

int exit_code_of_exec(int err) { return err == ENOENT ? kNotFound : kNotExecutable; }

Command::Command(int pid, std::string name, Fd gate, Fd failure, bool own_group)
    : pid_(pid), name_(std::move(name)), gate_(std::move(gate)), failure_(std::move(failure)), own_group_(own_group) {}

Command::Command(Command&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      name_(std::move(other.name_)),
      gate_(std::move(other.gate_)),
      failure_(std::move(other.failure_)),
      own_group_(other.own_group_),
      status_(other.status_) {}

Command::~Command() {
  const bool waits_for_us = pid_ > 0 && gate_;
  Fd(std::move(gate_));
  if (waits_for_us) reap();
}

Result<Command> Command::fork_waiting(const std::vector<std::string>& argv, const CommandStyle& style) {
  auto gate = open_pipe();
  auto failure = open_pipe();
  if (!gate || !failure) return tl::unexpected(gate ? failure.error() : gate.error());
  const std::vector<char*> words = c_strings(argv);
  const int pid = fork();
  if (pid < 0) return system_error("fork");
  if (pid == 0) {
    close(gate->write.release());  // else it would wait for itself, had we died
    become_command(words.data(), gate->read.get(), failure->write.get(), style);
  }
  if (style.own_group) setpgid(pid, pid);  // both do it: neither knows who comes first
  return Command(pid, argv[0], std::move(gate->write), std::move(failure->read), style.own_group);
}

Result<> Command::release() {
  if (write(gate_.get(), "g", 1) != 1) return system_error("cannot start " + name_, errno, ExitCode{kOwnFailure});
  Fd(std::move(gate_));
  int err = 0;
  ssize_t got = 0;
  do got = read(failure_.get(), &err, sizeof(err));  // ends empty when exec closed it
  while (got < 0 && errno == EINTR);
  if (got != sizeof(err)) return {};
  reap();
  return system_error("cannot run " + name_, err, ExitCode{exit_code_of_exec(err)});
}

void Command::pass_on(const SignalSeen& signal) const {
  if (signal.from_a_process) kill(pid_, signal.number);
}

int Command::wait(Signals& signals) {
  const Fd end = open_pidfd(pid_);
  std::array<pollfd, 2> sources{{{end.get(), POLLIN, 0}, {signals.fd(), POLLIN, 0}}};
  while (end && (sources[0].revents & POLLIN) == 0) {
    poll(sources.data(), sources.size(), -1);
    while (const auto signal = signals.next()) pass_on(*signal);
  }
  return reap();
}

int Command::reap() {
  int status = 0;
  while (!status_ && waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  if (!status_) status_ = status;
  return *status_;
}

std::optional<int> Command::ended() {
  int status = 0;
  if (!status_ && pid_ > 0 && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

// Not after it has been waited for: then its number may be another's.
void Command::send(int signal) const {
  if (!status_) kill(own_group_ ? -pid_ : pid_, signal);
}

int Command::end(std::chrono::milliseconds grace) {
  const auto limit = std::chrono::steady_clock::now() + grace;
  if (!ended()) send(SIGTERM);
  while (!ended() && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (!ended()) send(SIGKILL);
  return reap();
}

}  // namespace loopstall
