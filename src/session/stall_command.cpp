#include "session/stall_command.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "base/clock.h"
#include "base/units.h"
#include "causes/printable.h"
#include "session/stall_helper.h"

namespace loopstall {
namespace {

constexpr std::uint64_t kBetweenStartsNs = kSecond;
constexpr std::chrono::milliseconds kLastWait{5000};
constexpr std::size_t kLongest = 1000;  // of a value

// "socket recvfrom tcp 10.0.0.5:5432"
std::string cause_words(const Evidence& evidence) {
  if (evidence.causes.empty()) return "";
  const Cause& cause = evidence.causes.front().cause;
  std::string words(cause_name(cause.kind));
  for (const std::string& more : {cause.syscall, cause.object})
    if (!more.empty()) words += " " + more;
  return words;
}

std::string variable(const char* name, const std::string& value) {
  return fmt::format("LOOPSTALL_{}={}", name, printable(value.substr(0, kLongest)));
}

}  // namespace

std::vector<std::string> stall_environment(const Stall& stall) {
  const Evidence& evidence = *stall.evidence;
  const Frame frame = evidence.culprit.known() ? evidence.culprit.named() : Frame{};
  return {variable("PID", std::to_string(stall.pid)),
          variable("TID", std::to_string(stall.tid)),
          variable("STALL_NS", std::to_string(stall.busy_ns)),
          variable("STALL_MS", std::to_string(stall.busy_ns / kMillisecond)),
          variable("CULPRIT", frame.function),
          variable("FILE", frame.file.empty() ? frame.module : frame.file),
          variable("LINE", frame.line ? std::to_string(frame.line) : ""),
          variable("CAUSE", cause_words(evidence))};
}

Result<StallCommand> StallCommand::start(const std::string& command) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return system_error("socketpair");
  Fd ours(ends[0]), theirs(ends[1]);
  const int pid = fork();
  if (pid < 0) return system_error("fork");
  if (pid == 0) {
    Fd(std::move(ours));
    run_stall_helper(theirs.get(), command);
  }
  Fd(std::move(theirs));
  StallCommand started(pid, std::move(ours));
  started.running_ = true;
  if (!started.told_of_end(kLastWait)) return fail("--on-stall: can not become the user who started loopstall");
  return started;
}

StallCommand::StallCommand(StallCommand&& other) noexcept
    : helper_(std::exchange(other.helper_, 0)),
      socket_(std::move(other.socket_)),
      running_(other.running_),
      last_start_ns_(other.last_start_ns_),
      skipped_(other.skipped_),
      runs_(other.runs_),
      failures_(other.failures_) {}

StallCommand::~StallCommand() {
  if (!helper_) return;
  if (is_running()) told_of_end(kLastWait);
  Fd(std::move(socket_));  // it ends, and what it runs with it
  while (waitpid(helper_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// The helper answers when the command has ended, and once when it is ready.
bool StallCommand::told_of_end(std::chrono::milliseconds limit) {
  pollfd answer{socket_.get(), POLLIN, 0};
  unsigned char status = 0;
  if (poll(&answer, 1, static_cast<int>(limit.count())) != 1 || recv(socket_.get(), &status, 1, 0) != 1) return false;
  running_ = false;
  if (status) failures_ = {failures_.count + 1, status};
  return true;
}

StallCommand::Failures StallCommand::failures() {
  is_running();  // it may have ended meanwhile
  return failures_;
}

bool StallCommand::is_running() { return running_ && !told_of_end(std::chrono::milliseconds(0)); }

void StallCommand::on_stall(const Stall& stall) {
  const std::uint64_t now = monotonic_ns();
  if (is_running() || (last_start_ns_ && now - last_start_ns_ < kBetweenStartsNs)) {
    ++skipped_;
    return;
  }
  std::string message;
  for (const std::string& word : stall_environment(stall)) message.append(word.c_str(), word.size() + 1);
  running_ = send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
  last_start_ns_ = now;
  ++(running_ ? runs_ : skipped_);
}

}  // namespace loopstall
