#include "causes/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>

#include "catch.h"
#include "unit/causes/samples.h"

using namespace loopstall;

namespace {

constexpr std::uint64_t kBitset = FUTEX_WAIT_BITSET_PRIVATE, kRealtime = FUTEX_CLOCK_REALTIME;

struct Case {
  std::uint64_t operation, value;
  std::vector<std::string> functions;
  CauseKind expected;
};

// As seen on glibc 2.31, 2.36 and 2.41, musl, CPython 3.8 to 3.14, and in Rust programs.
const Case kCases[] = {
    {FUTEX_WAIT_PRIVATE, 2, {"__lll_lock_wait", "___pthread_mutex_lock", "work"}, CauseKind::Lock},
    {FUTEX_WAIT_PRIVATE, 2, {"libc.so.6!+0x85d2a", "pthread_mutex_lock"}, CauseKind::Lock},
    {kBitset | kRealtime, 0, {"sem_wait", "PyThread_acquire_lock_timed"}, CauseKind::Lock},
    {kBitset | kRealtime, 0, {"__futex_abstimed_wait_common", "pthread_cond_wait@@GLIBC_2.3.2"}, CauseKind::Condition},
    {kBitset, 0, {"sem_clockwait", "PyThread_acquire_lock_timed"}, CauseKind::Lock},
    {kBitset, 0, {"sem_clockwait", "_PySemaphore_Wait", "_PyParkingLot_Park", "_PyMutex_LockTimed"}, CauseKind::Lock},
    {FUTEX_WAIT_PRIVATE, 0, {"pthread_cond_wait", "uv_cond_wait"}, CauseKind::Condition},
    {kBitset, 8, {"pthread_cond_timedwait"}, CauseKind::Condition},
    {kBitset, 2, {"pthread_cond_timedwait"}, CauseKind::Condition},
    {kBitset, 0, {"pthread_cond_timedwait", "PyThread_acquire_lock_timed"}, CauseKind::Lock},
    {FUTEX_WAIT_PRIVATE, 2, {"libc.so.6!+0x85d2a", "pthread_cond_wait"}, CauseKind::Lock},
    {FUTEX_LOCK_PI_PRIVATE, 0, {}, CauseKind::Lock},
    {13 | FUTEX_PRIVATE_FLAG | kRealtime, 0, {}, CauseKind::Lock},
    {FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, {}, CauseKind::Condition},
    {kBitset, 2, {"syscall", "std::sys::sync::mutex::futex::Mutex::lock_contended"}, CauseKind::Lock},
    {kBitset, 7, {"syscall", "parking_lot::condvar::Condvar::wait_until_internal"}, CauseKind::Condition},
};

CauseKind kind(const Case& c) { return futex_kind(sleep_in(SYS_futex, {64, c.operation, c.value}), c.functions); }

}  // namespace

TEST_CASE("locks and conditions are told apart by the function that waits") {
  for (const auto& c : kCases) {
    INFO("operation " << c.operation << ", value " << c.value << (c.functions.empty() ? "" : ", " + c.functions[0]));
    CHECK(kind(c) == c.expected);
  }
}

TEST_CASE("a futex whose function is not known is not guessed") {
  CHECK(kind({FUTEX_WAIT_PRIVATE, 2, {}, {}}) == CauseKind::Other);  // a mutex, or a std::latch with two to go
  CHECK(kind({kBitset | kRealtime, 0, {}, {}}) == CauseKind::Other);
  CHECK(kind({kBitset, 0, {"std::thread::park", "work"}, {}}) == CauseKind::Other);
  CHECK(kind({FUTEX_WAIT, 4711, {"pthread_join"}, {}}) == CauseKind::Other);
  CHECK(kind({FUTEX_WAIT_PRIVATE, 2, {"my_pthread_mutex_lock", "pthread_mutex_lock_stats"}, {}}) == CauseKind::Other);
}

TEST_CASE("a wait function far out is not the one that waits") {
  CHECK(kind({kBitset, 0, {"a", "b", "c", "d", "e", "sem_wait"}, {}}) == CauseKind::Lock);
  CHECK(kind({kBitset, 0, {"a", "b", "c", "d", "e", "f", "sem_wait"}, {}}) == CauseKind::Other);
}
