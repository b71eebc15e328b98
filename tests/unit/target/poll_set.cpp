#include "target/poll_set.h"

#include <poll.h>
#include <sys/syscall.h>

#include <string_view>

#include "catch.h"
#include "unit/target/fake_proc.h"

using namespace loopstall;

namespace {

// A thread that sleeps in this call with (address of two pollfds, 2, ...): address 0 of its memory.
std::vector<int> set_of_sleeper(long nr, Wait wait) {
  FakeProc fake;
  const pollfd entries[] = {{7, POLLIN, 0}, {9, POLLIN, 0}};
  fake.write("5/mem", {reinterpret_cast<const char*>(entries), sizeof(entries)});
  fake.write("5/task/5/syscall", fmt::format("{} 0x0 0x2 0x0 0x0 0x0 0x0 0x7ffd0008 0x7f1234\n", nr));
  return sleeping_poll_set(fake.proc(), 5, 5, wait);
}

}  // namespace

TEST_CASE("the set of a thread that sleeps in its poll") {
  CHECK(set_of_sleeper(SYS_ppoll, Wait::Poll) == std::vector{7, 9});
  CHECK(set_of_sleeper(SYS_restart_syscall, Wait::Poll) == std::vector{7, 9});
}

TEST_CASE("a thread that polled before and sleeps in another call has no set: a lock's word is no pollfd") {
  CHECK(set_of_sleeper(SYS_futex, Wait::Poll).empty());
  CHECK(set_of_sleeper(SYS_pselect6, Wait::Poll).empty());
  CHECK(set_of_sleeper(SYS_futex, Wait::Select).empty());
  CHECK(set_of_sleeper(SYS_ppoll, Wait::EpollWait).empty());
}
