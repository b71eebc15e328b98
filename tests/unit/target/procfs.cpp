#include "target/procfs.h"

#include "catch.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

TEST_CASE("stat is read from its last parenthesis") {
  FakeProc fake;
  fake.process(7, 1, "a) S 99 (b\nc d", {"/bin/x", "", "y z"}, "/bin/x (deleted)");
  const auto info = fake.proc().process(7);
  REQUIRE(info);
  CHECK(info->comm == "a) S 99 (b\nc d");
  CHECK(info->parent == 1);
  CHECK(info->state == 'S');
  CHECK(info->start_ticks == 1007);
  CHECK_FALSE(info->kernel_thread);
  CHECK(info->argv == std::vector<std::string>{"/bin/x", "", "y z"});
  CHECK(info->exe == "/bin/x");
}

TEST_CASE("a kernel thread, a zombie and a process that is gone are told apart") {
  FakeProc fake;
  fake.process(2, 0, "kthreadd", {}, "", 'S', 0x208040);
  fake.process(8, 1, "dead", {}, "", 'Z');
  CHECK(fake.proc().process(2)->kernel_thread);
  CHECK(fake.proc().process(8)->state == 'Z');
  CHECK_FALSE(fake.proc().process(9));
}

TEST_CASE("a stat line that is cut short is no process") {
  FakeProc fake;
  for (const char* text : {"", "7", "7 (x", "7 (x)", "7 (x) S 1 2", "7 )x( S 1"}) {
    fake.write("7/stat", text);
    CHECK_FALSE(fake.proc().process(7));
  }
}

TEST_CASE("pids and threads are the numeric names, ascending") {
  FakeProc fake;
  for (const char* name : {"12/task/12/comm", "12/task/130/comm", "9/x", "self/x", "12x/x"}) fake.write(name, "t\n");
  CHECK(fake.proc().pids() == std::vector<int>{9, 12});
  CHECK(fake.proc().threads(12) == std::vector<int>{12, 130});
  CHECK(fake.proc().threads(5).empty());
  CHECK(fake.proc().thread_comm(12, 130) == "t");
  CHECK(fake.proc().thread_comm(12, 131).empty());
}

TEST_CASE("the process of a thread id") {
  FakeProc fake;
  fake.write("13/status", "Name:\tTgid:\\n 9\nUmask:\t0022\nTgid:\t12\n");
  CHECK(fake.proc().thread_group(13) == 12);
  CHECK(fake.proc().thread_group(14) == 0);
}

TEST_CASE("the three forms of a syscall line") {
  FakeProc fake;
  fake.write("5/task/5/syscall", "232 0x3 0x7ffd10 0x400 0xffffffffffffffff 0x0 0x8 0x7ffd0008 0x7f1234\n");
  fake.write("5/task/6/syscall", "running\n");
  fake.write("5/task/7/syscall", "-1 0x7ffd0010 0x7f1234\n");
  fake.write("5/task/8/syscall", "232 0x3\n");
  const auto wait = fake.proc().syscall(5, 5);
  REQUIRE(wait);
  CHECK(wait->tid == 5);
  CHECK_FALSE(wait->running);
  CHECK(wait->nr == 232);
  CHECK(wait->args[0] == 3);
  CHECK(wait->args[3] == ~0ULL);
  CHECK(wait->args[5] == 8);
  CHECK(wait->sp == 0x7ffd0008);
  CHECK(fake.proc().syscall(5, 6)->running);
  CHECK(fake.proc().syscall(5, 7)->nr == -1);
  CHECK(fake.proc().syscall(5, 7)->sp == 0x7ffd0010);
  CHECK_FALSE(fake.proc().syscall(5, 8));
  CHECK_FALSE(fake.proc().syscall(5, 9));
}

TEST_CASE("kinds of descriptors") {
  FakeProc fake;
  const std::vector<std::pair<std::string, FdKind>> links{
      {"socket:[4711]", FdKind::Socket},
      {"pipe:[12]", FdKind::Pipe},
      {"anon_inode:[eventpoll]", FdKind::Epoll},
      {"anon_inode:[eventfd]", FdKind::EventFd},
      {"anon_inode:[eventfd:123]", FdKind::EventFd},
      {"anon_inode:[timerfd]", FdKind::TimerFd},
      {"anon_inode:[signalfd]", FdKind::SignalFd},
      {"anon_inode:[io_uring]", FdKind::IoUring},
      {"/var/log/socket:[1]", FdKind::Other},
      {"socket:[x]", FdKind::Other},
      {"anon_inode:inotify", FdKind::Other},
  };
  int number = 0;
  for (const auto& [to, kind] : links) {
    fake.fd(3, number, to);
    CHECK(fake.proc().fd(3, number++).kind == kind);
  }
  CHECK(fake.proc().fd(3, 0).inode == 4711);
  CHECK(fake.proc().fd(3, 1).inode == 12);
  CHECK(fake.proc().fd(3, 99).kind == FdKind::Gone);
  CHECK(fake.proc().fds(3).size() == links.size());
  CHECK(fake.proc().fds_readable(3));
  CHECK(fake.proc().fds_readable(4));  // gone
}

TEST_CASE("members of an epoll set") {
  FakeProc fake;
  fake.epoll(3, 4, {5, 11});
  fake.epoll(3, 6, {});
  CHECK(fake.proc().epoll_members(3, 4) == std::vector<int>{5, 11});
  CHECK(fake.proc().epoll_members(3, 6).empty());
  CHECK(fake.proc().epoll_members(3, 7).empty());
}

TEST_CASE("mapped files, each once, in the order of the addresses") {
  FakeProc fake;
  fake.write("3/maps",
             "00400000-00401000 r--p 00000000 fd:00 12                         /usr/bin/my server\n"
             "00401000-00402000 r-xp 00001000 fd:00 12                         /usr/bin/my server\n"
             "7f000000-7f001000 rw-p 00000000 00:00 0 \n"
             "7f001000-7f002000 r--p 00000000 fd:00 13                         /usr/lib/libuv.so.1 (deleted)\n"
             "7ffd0000-7ffd2000 rw-p 00000000 00:00 0                          [stack]\n");
  CHECK(fake.proc().mapped_files(3) == std::vector<std::string>{"/usr/bin/my server", "/usr/lib/libuv.so.1 (deleted)"});
  CHECK(fake.proc().mapped_files(4).empty());
}
