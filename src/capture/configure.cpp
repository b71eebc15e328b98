#include "capture/configure.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <utility>

namespace loopstall {
namespace {

// Objects are loaded in threads of their own.
std::mutex log_mutex;
std::string& libbpf_log() {
  static std::string log;
  return log;
}

int keep_log(libbpf_print_level level, const char* format, va_list args) {
  if (level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, args);
  const int n = std::vsnprintf(nullptr, 0, format, args);
  std::string text(static_cast<std::size_t>(std::max(n, 0)) + 1, '\0');
  std::vsnprintf(text.data(), text.size(), format, again);
  va_end(again);
  const std::lock_guard lock(log_mutex);
  libbpf_log() += text.c_str();
  return n;
}

}  // namespace

// PROC_PID_INIT_INO, include/linux/proc_ns.h: the initial pid namespace has this inode on every kernel.
bool in_nested_pid_ns() {
  struct stat st {};
  return ::stat("/proc/self/ns/pid", &st) == 0 && st.st_ino != 0xEFFFFFFCU;
}

void keep_libbpf_log() { libbpf_set_print(keep_log); }

// The end tells what is wrong: a verifier's log has thousands of lines before it.
std::string take_libbpf_log() {
  constexpr std::size_t kKept = 1500;
  const std::lock_guard lock(log_mutex);
  std::string log = std::exchange(libbpf_log(), {});
  if (log.size() <= kKept) return log;
  return "[...]" + log.substr(log.find('\n', log.size() - kKept));
}

tl::unexpected<Error> load_error(std::string_view object, int err) {
  std::string message = fmt::format("the kernel refused the {} probes: {}", object, std::strerror(err));
  if (err == EPERM)
    message += "\nrun as root, or with CAP_BPF and CAP_PERFMON; `loopstall doctor` says what is missing";
  const std::string log = take_libbpf_log();
  if (!log.empty()) message += "\n" + log;
  return cannot_measure(message);
}

}  // namespace loopstall
