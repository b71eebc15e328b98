// The narrow door to /proc, so that tests own it (the root is a parameter). Every reader tells "gone" from
// "failed": a process may end at any instant, and that is no error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace loopstall {

struct ProcessInfo {
  int pid = 0;
  int parent = 0;
  bool kernel_thread = false;
  bool forked = false;  // it runs its parent's program still, with copies of its parent's descriptors
  std::uint64_t start_ticks = 0;  // field 22 of stat: tells a reused pid
  std::string comm;
  std::vector<std::string> argv;  // empty for kernel threads and zombies
  std::string exe;                // readlink without " (deleted)"; empty if not permitted
  char state = '?';               // field 3 of stat; 'Z' is a zombie
  // ProcFs::mapped_files; empty until detect_runtime fills its own copy, once for all adapters.
  std::vector<std::string> mapped = {};
};

struct ThreadSyscall {
  int tid = 0;
  bool running = false;  // then the rest is unknown
  long nr = -1;
  std::uint64_t args[6] = {};
  std::uint64_t sp = 0;
};

// What one descriptor of a process is.
// Hidden: this user may not see it.
enum class FdKind { Gone, Hidden, Other, Pipe, Epoll, EventFd, TimerFd, SignalFd, IoUring, Socket };
struct FdInfo {
  FdKind kind = FdKind::Gone;
  std::uint64_t inode = 0;  // sockets and pipes
};

class ProcFs {
 public:
  explicit ProcFs(std::string root = "/proc") : root_(std::move(root)) {}
  std::vector<int> pids() const;
  std::optional<ProcessInfo> process(int pid) const;
  // The process that a thread id belongs to (the id itself for a process); 0 if gone.
  int thread_group(int tid) const;
  std::vector<int> threads(int pid) const;
  std::string thread_comm(int pid, int tid) const;
  std::optional<ThreadSyscall> syscall(int pid, int tid) const;
  FdInfo fd(int pid, int number) const;
  std::vector<int> fds(int pid) const;
  // False if the kernel does not let this user see the descriptors (a process that is gone is "readable").
  bool fds_readable(int pid) const;
  // Descriptors that an epoll instance watches ("tfd:" lines of fdinfo).
  std::vector<int> epoll_members(int pid, int epoll_fd) const;
  // Distinct mapped file paths.
  std::vector<std::string> mapped_files(int pid) const;
  const std::string& root() const { return root_; }
  // root/PID/name
  std::string path(int pid, std::string_view name) const;

 private:
  std::string root_;
};

}  // namespace loopstall
