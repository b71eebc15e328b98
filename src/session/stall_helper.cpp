#include "session/stall_helper.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "session/command.h"
#include "session/pidfd.h"

namespace loopstall {
namespace {

constexpr int kSocket = 3;
constexpr char kNotStarted = 125;

std::optional<unsigned> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (!text) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  return error == std::errc{} && !*end ? std::optional(value) : std::nullopt;
}

void set_home(const passwd& user) {
  setenv("HOME", user.pw_dir, 1);
  setenv("USER", user.pw_name, 1);
  setenv("LOGNAME", user.pw_name, 1);
}

// Who called sudo. The variables are only believed by root, who may become anybody anyway.
bool become_sudo_user() {
  const auto uid = number_in("SUDO_UID"), gid = number_in("SUDO_GID");
  if (geteuid() != 0 || !uid || !gid || *uid == 0) return true;
  const passwd* user = getpwuid(*uid);
  if (user) set_home(*user);
  const bool groups = user ? initgroups(user->pw_name, *gid) == 0 : setgroups(1, &*gid) == 0;
  return groups && setresgid(*gid, *gid, *gid) == 0 && setresuid(*uid, *uid, *uid) == 0;
}

// Root's own are no extra ones; anybody else has them from the file's, and keeps none.
bool drop_capabilities() {
  if (geteuid() == 0) return true;
  const cap_t none = cap_init();
  const bool dropped = none && cap_set_proc(none) == 0;
  cap_free(none);
  return dropped && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0;
}

// The numbers may be in each other's way: the socket goes out of the others' way first.
bool keep_only(int socket) {
  const int nothing = open("/dev/null", O_RDONLY), aside = fcntl(socket, F_DUPFD, 10);
  return nothing >= 0 && aside >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 &&
         dup2(aside, kSocket) == kSocket && fcntl(kSocket, F_SETFD, FD_CLOEXEC) == 0 &&
         syscall(SYS_close_range, kSocket + 1, ~0U, 0) == 0;
}

[[noreturn]] void become(const std::string& command, std::string_view words) {
  setsid();
  for (; !words.empty(); words.remove_prefix(std::strlen(words.data()) + 1)) putenv(const_cast<char*>(words.data()));
  std::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
  _exit(127);
}

// Its exit status, or 128 + the signal that ended it; nullopt: loopstall has gone meanwhile.
std::optional<char> wait_for(int pid) {
  const Fd end = open_pidfd(pid);
  std::array<pollfd, 2> sources{{{end.get(), POLLIN, 0}, {kSocket, POLLIN, 0}}};
  while (!sources[0].revents && !(sources[1].revents & (POLLHUP | POLLIN))) poll(sources.data(), sources.size(), -1);
  const bool ended = sources[0].revents != 0;
  if (!ended) kill(-pid, SIGTERM);
  int status = 0;
  if (!ended || waitpid(pid, &status, 0) != pid) return std::nullopt;
  return static_cast<char>(exit_code_of(status));
}

bool say(char status) { return send(kSocket, &status, 1, MSG_NOSIGNAL) == 1; }

}  // namespace

void run_stall_helper(int socket, const std::string& command) {
  setsid();  // Ctrl-C is not for us
  if (!keep_only(socket) || !become_sudo_user() || !drop_capabilities()) _exit(1);
  std::array<char, 16384> words{};
  std::optional<char> status = 0;
  while (status && say(*status)) {
    const ssize_t size = recv(kSocket, words.data(), words.size() - 1, 0);
    if (size <= 0) break;
    words[static_cast<std::size_t>(size)] = '\0';
    const int pid = fork();
    if (pid == 0) become(command, {words.data(), static_cast<std::size_t>(size)});
    status = pid > 0 ? wait_for(pid) : kNotStarted;
  }
  _exit(0);
}

}  // namespace loopstall
