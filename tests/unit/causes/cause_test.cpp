#include "causes/cause.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include "catch.h"
#include "unit/causes/samples.h"

using namespace loopstall;

namespace {

const RawObject kPostgres = inet(IPPROTO_TCP, {127, 0, 0, 1}, 5432);
const RawObject kResolver = inet(IPPROTO_UDP, {127, 0, 0, 53}, 53);
const RawObject kDatabase = file({"app.db", "data", "srv"});
const RawObject kPipe = named(ObjectKind::Pipe, {});
const RawObject kEventFd = named(ObjectKind::Anonymous, {"[eventfd]"});
const RawObject kPidFd = named(ObjectKind::Anonymous, {"[pidfd]"});
const RawObject kTerminal = named(ObjectKind::Device, {"0", "pts", "dev"});

struct Case {
  long syscall;
  std::initializer_list<std::uint64_t> args;
  RawObject object;
  Cause expected;
};

const Case kCases[] = {
    {SYS_nanosleep, {}, {}, {CauseKind::Timer, "nanosleep", ""}},
    {SYS_clock_nanosleep, {}, {}, {CauseKind::Timer, "clock_nanosleep", ""}},
    {SYS_pselect6, {0, 0, 0, 0}, {}, {CauseKind::Timer, "pselect6", ""}},
    {SYS_pselect6, {5, 4096, 0, 0}, {}, {CauseKind::Wait, "pselect6", ""}},
    {SYS_ppoll, {0, 0}, {}, {CauseKind::Timer, "ppoll", ""}},
    {SYS_ppoll, {4096, 2}, {}, {CauseKind::Wait, "ppoll", ""}},
    {SYS_ppoll, {4096, 1}, kPostgres, {CauseKind::Socket, "ppoll", "tcp 127.0.0.1:5432 (postgresql)"}},
    {SYS_ppoll, {4096, 1}, kResolver, {CauseKind::Socket, "ppoll", "udp 127.0.0.53:53 (dns)"}},
    {SYS_ppoll, {4096, 1}, kPipe, {CauseKind::Pipe, "ppoll", "pipe"}},
    {SYS_ppoll, {4096, 1}, kPidFd, {CauseKind::Child, "ppoll", "pidfd"}},
    {SYS_ppoll, {4096, 1}, kEventFd, {CauseKind::Wait, "ppoll", "eventfd"}},
    {SYS_ppoll, {4096, 1}, kTerminal, {CauseKind::Wait, "ppoll", "/dev/pts/0"}},
    {SYS_epoll_pwait, {7}, {}, {CauseKind::Wait, "epoll_pwait", ""}},
    {SYS_wait4, {}, {}, {CauseKind::Child, "wait4", ""}},
    {SYS_waitid, {}, {}, {CauseKind::Child, "waitid", ""}},
    {SYS_clone, {0x4111}, {}, {CauseKind::Child, "clone", ""}},
    {SYS_clone, {0x0011}, {}, {CauseKind::Other, "clone", ""}},
    {SYS_clone3, {0x4111}, {}, {CauseKind::Other, "clone3", ""}},
    {SYS_read, {3}, kPostgres, {CauseKind::Socket, "read", "tcp 127.0.0.1:5432 (postgresql)"}},
    {SYS_connect, {3}, kPostgres, {CauseKind::Socket, "connect", "tcp 127.0.0.1:5432 (postgresql)"}},
    {SYS_read, {3}, kPipe, {CauseKind::Pipe, "read", "pipe"}},
    {SYS_read, {3}, kDatabase, {CauseKind::File, "read", "/srv/data/app.db"}},
    {SYS_write, {1}, kTerminal, {CauseKind::File, "write", "/dev/pts/0"}},
    {SYS_read, {3}, kEventFd, {CauseKind::Other, "read", "eventfd"}},
    {SYS_read, {3}, {}, {CauseKind::Other, "read", ""}},
    {SYS_fsync, {3}, kDatabase, {CauseKind::File, "fsync", "/srv/data/app.db"}},
    {SYS_fdatasync, {3}, {}, {CauseKind::File, "fdatasync", ""}},
    {SYS_openat, {}, {}, {CauseKind::File, "openat", ""}},
    {SYS_unlinkat, {}, {}, {CauseKind::File, "unlinkat", ""}},
    {SYS_flock, {3}, kDatabase, {CauseKind::Lock, "flock", "/srv/data/app.db"}},
    {SYS_fcntl, {3, F_SETLKW}, kDatabase, {CauseKind::Lock, "fcntl", "/srv/data/app.db"}},
    {SYS_fcntl, {3, F_SETLK}, kDatabase, {CauseKind::Other, "fcntl", "/srv/data/app.db"}},
    {SYS_semtimedop, {}, {}, {CauseKind::Lock, "semtimedop", ""}},
    {SYS_futex, {64, FUTEX_WAIT_BITSET_PRIVATE, 0}, {}, {CauseKind::Other, "futex", ""}},
    {SYS_io_uring_enter, {}, {}, {CauseKind::Other, "io_uring_enter", ""}},
    {SYS_getrandom, {}, {}, {CauseKind::Other, "getrandom", ""}},
    {9999, {}, {}, {CauseKind::Other, "syscall 9999", ""}},
};

}  // namespace

TEST_CASE("a sleep's cause follows from its syscall and what it slept on") {
  for (const auto& c : kCases) {
    const auto cause = cause_of(sleep_in(c.syscall, c.args, c.object));
    INFO(c.expected.syscall << " on '" << c.expected.object << "' reads '" << cause.object << "'");
    CHECK(cause.kind == c.expected.kind);
    CHECK(cause.syscall == c.expected.syscall);
    CHECK(cause.object == c.expected.object);
  }
}

#if defined(__x86_64__)
TEST_CASE("the syscalls that only x86-64 has") {
  CHECK(cause_of(sleep_in(SYS_select, {0})).kind == CauseKind::Timer);
  CHECK(cause_of(sleep_in(SYS_poll, {4096, 1}, kResolver)) ==
        Cause{CauseKind::Socket, "poll", "udp 127.0.0.53:53 (dns)"});
  CHECK(cause_of(sleep_in(SYS_vfork)).kind == CauseKind::Child);
  CHECK(cause_of(sleep_in(SYS_rename)).kind == CauseKind::File);
  CHECK(cause_of(sleep_in(SYS_epoll_wait, {7})).kind == CauseKind::Wait);
}
#endif

TEST_CASE("a count of descriptors is an int: what is above it in the register does not matter") {
  CHECK(cause_of(sleep_in(SYS_ppoll, {0, 0xffffffff00000000})).kind == CauseKind::Timer);
  CHECK(cause_of(sleep_in(SYS_pselect6, {0xffffffff00000000})).kind == CauseKind::Timer);
}

TEST_CASE("what is no blocking call is not shown as one") {
  auto sample = sleep_in(SYS_read, {3}, kPostgres);
  sample.stopped = true;
  CHECK(cause_of(sample) == Cause{CauseKind::Stopped, "", ""});
  sample.stopped = false;
  sample.page_fault = true;
  CHECK(cause_of(sample) == Cause{CauseKind::PageFault, "", ""});
  sample.page_fault = false;
  sample.kind = SampleKind::Cpu;
  CHECK(cause_of(sample) == Cause{CauseKind::Cpu, "", ""});
  CHECK(cause_of(sleep_in(-1)) == Cause{CauseKind::Unknown, "", ""});
}

TEST_CASE("the GIL's futex is the GIL, whatever function waits for it") {
  auto sample = sleep_in(SYS_futex, {64, FUTEX_WAIT_BITSET_PRIVATE, 0});
  sample.gil_wait = true;
  CHECK(cause_of(sample, {.functions = {"pthread_cond_timedwait"}, .path = ""}) == Cause{CauseKind::Gil, "futex", ""});
}

TEST_CASE("the numbers are those of the machine that the sample is from") {
  CHECK(cause_of(sleep_in(82, {3}, kDatabase), {.functions = {}, .path = "", .machine = Machine::Arm64}).syscall ==
        "fsync");
  CHECK(cause_of(sleep_in(82, {3}, kDatabase), {.functions = {}, .path = "", .machine = Machine::X86_64}).syscall ==
        "rename");
}

TEST_CASE("a completed path takes the place of the names, for files only") {
  const CauseContext context{.functions = {}, .path = "/mnt/deep/\x1b[2Jpath"};
  CHECK(cause_of(sleep_in(SYS_fsync, {3}, kDatabase), context).object == "/mnt/deep/?[2Jpath");
  CHECK(cause_of(sleep_in(SYS_read, {3}, kPipe), context).object == "pipe");
  CHECK(cause_of(sleep_in(SYS_nanosleep), context).object == "");
}
