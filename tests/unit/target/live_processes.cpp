// The same readers on real processes that the test starts itself.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <thread>

#include "base/fd.h"
#include "catch.h"
#include "target/loop_kind.h"
#include "target/target.h"
#include "target/wait_syscalls.h"

using namespace loopstall;

namespace {

class Child {
 public:
  explicit Child(const std::function<void()>& body) : pid_(::fork()) {
    if (pid_ != 0) return;
    body();
    ::_exit(0);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  int pid() const { return pid_; }

 private:
  int pid_;
};

Fd listen_somewhere(std::uint16_t& port) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(fd.get(), 8) == 0);
  REQUIRE(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port = ntohs(address.sin_port);
  return fd;
}

Fd watch(int member) {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event event{};
  ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, member, &event);
  return epoll;
}

void wait_forever(int epoll) {
  epoll_event event;
  ::epoll_wait(epoll, &event, 1, -1);
}

// Blocked in a syscall that /proc shows; nullopt if it never gets there.
std::optional<ThreadSyscall> blocked(int pid) {
  for (int i = 0; i < 500; ++i) {
    const auto call = ProcFs().syscall(pid, pid);
    if (call && !call->running && wait_family(call->nr) == WaitFamily::Epoll) return call;
    ::usleep(10'000);
  }
  return std::nullopt;
}

std::vector<int> pids_of(const std::vector<ProcessInfo>& processes) {
  std::vector<int> pids;
  for (const auto& p : processes) pids.push_back(p.pid);
  return pids;
}

}  // namespace

TEST_CASE("this process") {
  const auto info = ProcFs().process(::getpid());
  REQUIRE(info);
  CHECK(info->parent == ::getppid());
  CHECK_FALSE(info->kernel_thread);
  CHECK_FALSE(info->argv.empty());
  CHECK_FALSE(info->exe.empty());
  CHECK(info->start_ticks > 0);
  CHECK(ProcFs().thread_group(::getpid()) == ::getpid());
  CHECK(ProcFs().mapped_files(::getpid()).front() == info->exe);
}

TEST_CASE("an accept loop is found by its port, and not its parent that opened the socket") {
  std::uint16_t port = 0;
  const Fd listener = listen_somewhere(port);
  const Child child([&] { wait_forever(watch(listener.get()).get()); });
  const auto call = blocked(child.pid());
  REQUIRE(call);
  const ProcFs proc;
  const auto members = proc.epoll_members(child.pid(), static_cast<int>(call->args[0]));
  CHECK(members == std::vector<int>{listener.get()});
  CHECK(judge_loop(proc, child.pid(), Wait::EpollWait, as_they_are_now(members)).confirmed);

  const std::vector<std::string> name{":" + std::to_string(port)};
  const auto set = resolve_targets(proc, name, true);
  REQUIRE(set);
  CHECK(pids_of(set->processes) == std::vector<int>{child.pid()});
  CHECK(pids_of(set->spawners) == std::vector<int>{::getpid()});

  const Fd own = watch(listener.get());
  CHECK(resolve_targets(proc, name, true)->processes.size() == 2);
}

TEST_CASE("a thread that waits for its one connection is no loop") {
  std::uint16_t port = 0;
  const Fd listener = listen_somewhere(port);
  const Child child([&] {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const Fd peer(::socket(AF_INET, SOCK_STREAM, 0));
    if (::connect(peer.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) ::_exit(1);
    wait_forever(watch(peer.get()).get());
  });
  const auto call = blocked(child.pid());
  REQUIRE(call);
  const auto members = ProcFs().epoll_members(child.pid(), static_cast<int>(call->args[0]));
  const auto verdict = judge_loop(ProcFs(), child.pid(), Wait::EpollWait, as_they_are_now(members));
  CHECK_FALSE(verdict.confirmed);
  CHECK(verdict.reason == "waits for one socket only");
}

TEST_CASE("a zombie, a thread and children") {
  const Child sleeper([] { ::pause(); });
  const auto mine = descendants(ProcFs(), ::getpid());
  CHECK(pids_of(mine) == std::vector<int>{sleeper.pid()});

  const Child dead([] {});
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(dead.pid()), &info, WEXITED | WNOWAIT);
  CHECK(resolve_targets(ProcFs(), {std::to_string(dead.pid())}, true).error().message.find("zombie") !=
        std::string::npos);

  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  std::string message;
  std::thread([&] {
    const auto set = resolve_targets(ProcFs(), {std::to_string(::gettid())}, true);
    if (!set) message = set.error().message;
  }).join();
  CHECK(message.find("is a thread of process " + std::to_string(::getpid())) != std::string::npos);
  CHECK(ProcFs().fd(::getpid(), pipe_ends[0]).kind == FdKind::Pipe);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}
