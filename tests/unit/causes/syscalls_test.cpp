#include "causes/syscalls.h"

#include <sys/syscall.h>

#include "catch.h"

using namespace loopstall;

namespace {

struct Number {
  long number;
  std::string_view name;
};

// From the first to the last entry of each part of the table, by this machine's own headers.
const Number kHere[] = {{SYS_read, "read"},
                        {SYS_futex, "futex"},
                        {SYS_connect, "connect"},
                        {SYS_fsync, "fsync"},
                        {SYS_wait4, "wait4"},
                        {SYS_clock_nanosleep, "clock_nanosleep"},
                        {SYS_openat, "openat"},
                        {SYS_accept4, "accept4"},
                        {SYS_copy_file_range, "copy_file_range"},
                        {SYS_statx, "statx"},
                        {SYS_rseq, "rseq"},
                        {SYS_io_uring_enter, "io_uring_enter"},
                        {SYS_clone3, "clone3"},
                        {SYS_openat2, "openat2"},
                        {SYS_epoll_pwait2, "epoll_pwait2"},
                        {SYS_futex_waitv, "futex_waitv"}};

}  // namespace

TEST_CASE("syscalls have their names") {
  for (const auto& [number, name] : kHere) CHECK(syscall_name(number) == name);
}

TEST_CASE("each machine has its own numbers") {
  CHECK(syscall_name(0, Machine::X86_64) == "read");
  CHECK(syscall_name(74, Machine::X86_64) == "fsync");
  CHECK(syscall_name(334, Machine::X86_64) == "rseq");
  CHECK(syscall_name(63, Machine::Arm64) == "read");
  CHECK(syscall_name(82, Machine::Arm64) == "fsync");
  CHECK(syscall_name(203, Machine::Arm64) == "connect");
  CHECK(syscall_name(260, Machine::Arm64) == "wait4");
  CHECK(syscall_name(294, Machine::Arm64) == "kexec_file_load");
  for (const auto machine : {Machine::X86_64, Machine::Arm64}) {
    CHECK(syscall_name(424, machine) == "pidfd_send_signal");
    CHECK(syscall_name(469, machine) == "file_setattr");
  }
}

TEST_CASE("a number that is not in the table is shown as one") {
  CHECK(syscall_name(-1) == "");
  CHECK(syscall_name(350, Machine::X86_64) == "syscall 350");
  CHECK(syscall_name(250, Machine::Arm64) == "syscall 250");
  CHECK(syscall_name(470) == "syscall 470");
  CHECK(syscall_name(INT64_MAX) == "syscall 9223372036854775807");
}
