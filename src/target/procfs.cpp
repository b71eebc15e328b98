#include "target/procfs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <unordered_set>

#include "target/text.h"

namespace loopstall {
namespace {

constexpr unsigned long kPfKthread = 0x00200000;  // include/linux/sched.h, the same since 2.6.27
constexpr unsigned long kPfForkNoExec = 0x00000040;
constexpr std::string_view kDeleted = " (deleted)";
constexpr std::size_t kMaxMappings = 200'000;  // three times the kernel's default vm.max_map_count

// "PID (COMM) STATE PPID ..." where COMM is raw: it may hold blanks, newlines and parentheses.
bool parse_stat(std::string_view stat, ProcessInfo& info) {
  const auto open = stat.find('('), close = stat.rfind(')');
  if (open == stat.npos || close == stat.npos || close < open) return false;
  const auto fields = split_words(stat.substr(close + 1));  // fields[0] is field 3 of proc(5)
  if (fields.size() < 20) return false;
  info.comm = stat.substr(open + 1, close - open - 1);
  info.state = fields[0].front();
  info.parent = parse_number<int>(fields[1]).value_or(0);
  const auto flags = parse_number<unsigned long>(fields[6]).value_or(0);
  info.kernel_thread = (flags & kPfKthread) != 0;
  info.forked = (flags & kPfForkNoExec) != 0;
  info.start_ticks = parse_number<std::uint64_t>(fields[19]).value_or(0);
  return true;
}

std::vector<std::string> parse_argv(std::string_view cmdline) {
  std::vector<std::string> argv;
  for (const auto part : split_at(cmdline, '\0')) argv.emplace_back(part);
  // A rewritten title (nginx, setproctitle) is padded with NULs to the length of the old arguments.
  while (!argv.empty() && argv.back().empty()) argv.pop_back();
  return argv;
}

std::optional<std::uint64_t> inode_in(std::string_view link, std::string_view prefix) {
  if (!link.starts_with(prefix) || !link.ends_with(']')) return std::nullopt;
  link.remove_prefix(prefix.size());
  link.remove_suffix(1);
  return parse_number<std::uint64_t>(link);
}

struct AnonymousKind {
  std::string_view prefix;
  FdKind kind;
};
// Prefixes: some kernels print more inside the brackets ("anon_inode:[timerfd]" but "[eventfd:123]").
constexpr std::array<AnonymousKind, 5> kAnonymous{{
    {"anon_inode:[eventpoll", FdKind::Epoll},
    {"anon_inode:[eventfd", FdKind::EventFd},
    {"anon_inode:[timerfd", FdKind::TimerFd},
    {"anon_inode:[signalfd", FdKind::SignalFd},
    {"anon_inode:[io_uring", FdKind::IoUring},
}};

FdInfo classify(std::string_view link) {
  if (const auto inode = inode_in(link, "socket:[")) return {FdKind::Socket, *inode};
  if (const auto inode = inode_in(link, "pipe:[")) return {FdKind::Pipe, *inode};
  for (const auto& anonymous : kAnonymous)
    if (link.starts_with(anonymous.prefix)) return {anonymous.kind, 0};
  return {FdKind::Other, 0};
}

std::optional<ThreadSyscall> parse_syscall(std::string_view line, int tid) {
  const auto words = split_words(line);
  if (words.empty()) return std::nullopt;
  ThreadSyscall call{.tid = tid};
  if (words[0] == "running") {
    call.running = true;
    return call;
  }
  const auto nr = parse_number<long>(words[0]);
  if (!nr || (words.size() != 3 && words.size() != 9)) return std::nullopt;
  call.nr = *nr;
  for (std::size_t i = 0; i + 3 < words.size(); ++i) call.args[i] = parse_hex(words[i + 1]).value_or(0);
  call.sp = parse_hex(words[words.size() - 2]).value_or(0);
  return call;
}

// "START-END PERM OFFSET DEV INODE      PATH": the path is the sixth field and may hold blanks.
std::string_view mapped_path(std::string_view line) {
  const auto slash = line.find('/');
  return slash == line.npos ? std::string_view() : line.substr(slash);
}

}  // namespace

std::string ProcFs::path(int pid, std::string_view name) const { return fmt::format("{}/{}/{}", root_, pid, name); }

std::vector<int> ProcFs::pids() const { return list_numbers(root_); }

std::optional<ProcessInfo> ProcFs::process(int pid) const {
  ProcessInfo info;
  info.pid = pid;
  const auto stat = read_text(path(pid, "stat"));
  if (!stat || !parse_stat(*stat, info)) return std::nullopt;
  if (const auto cmdline = read_text(path(pid, "cmdline"))) info.argv = parse_argv(*cmdline);
  info.exe = read_link(path(pid, "exe"));
  if (info.exe.ends_with(kDeleted)) info.exe.resize(info.exe.size() - kDeleted.size());
  return info;
}

int ProcFs::thread_group(int tid) const {
  // "Name:" is the first line and is escaped here, so a hostile name can't forge "Tgid:".
  const auto status = read_text(path(tid, "status")).value_or("");
  for (const auto line : split_at(status, '\n')) {
    const auto words = split_words(line);
    if (words.size() == 2 && words[0] == "Tgid:") return parse_number<int>(words[1]).value_or(0);
  }
  return 0;
}

std::vector<int> ProcFs::threads(int pid) const { return list_numbers(path(pid, "task")); }

std::string ProcFs::thread_comm(int pid, int tid) const {
  auto comm = read_text(path(pid, fmt::format("task/{}/comm", tid))).value_or("");
  if (comm.ends_with('\n')) comm.pop_back();
  return comm;
}

std::optional<ThreadSyscall> ProcFs::syscall(int pid, int tid) const {
  const auto line = read_text(path(pid, fmt::format("task/{}/syscall", tid)));
  return line ? parse_syscall(*line, tid) : std::nullopt;
}

FdInfo ProcFs::fd(int pid, int number) const {
  const auto link = read_link(path(pid, fmt::format("fd/{}", number)));
  if (link.empty()) return {errno == EACCES ? FdKind::Hidden : FdKind::Gone, 0};
  return classify(link);
}

std::vector<int> ProcFs::fds(int pid) const { return list_numbers(path(pid, "fd")); }

// Listing needs the owner's uid or CAP_DAC_READ_SEARCH, each readlink ptrace access: ask for both.
bool ProcFs::fds_readable(int pid) const {
  if (::access(path(pid, "fd").c_str(), R_OK) != 0 && errno == EACCES) return false;
  const auto numbers = fds(pid);
  return numbers.empty() || !read_link(path(pid, fmt::format("fd/{}", numbers.front()))).empty() || errno != EACCES;
}

std::vector<int> ProcFs::epoll_members(int pid, int epoll_fd) const {
  std::vector<int> members;
  std::ifstream info(path(pid, fmt::format("fdinfo/{}", epoll_fd)));
  for (std::string line; std::getline(info, line);) {
    const auto words = split_words(line);
    if (words.size() < 2 || words[0] != "tfd:") continue;
    if (const auto number = parse_number<int>(words[1])) members.push_back(*number);
  }
  return members;
}

std::vector<std::string> ProcFs::mapped_files(int pid) const {
  std::vector<std::string> files;
  std::unordered_set<std::string> seen;
  std::ifstream maps(path(pid, "maps"));
  std::size_t left = kMaxMappings;
  for (std::string line; left > 0 && std::getline(maps, line); --left) {
    std::string file(mapped_path(line));
    if (!file.empty() && seen.insert(file).second) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace loopstall
