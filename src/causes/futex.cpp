#include "causes/futex.h"

#include <linux/futex.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace loopstall {
namespace {

struct Known {
  std::string_view name;
  CauseKind kind;
};

// Whole names, as name_of() leaves them: the C library's, C11 threads, and the C++ standard library's where not
// inlined.
constexpr Known kFunctions[] = {
    {"lll_lock_wait", CauseKind::Lock},
    {"lll_lock_wait_private", CauseKind::Lock},
    {"pthread_mutex_lock", CauseKind::Lock},
    {"pthread_mutex_timedlock", CauseKind::Lock},
    {"pthread_mutex_clocklock", CauseKind::Lock},
    {"pthread_mutex_cond_lock", CauseKind::Lock},
    {"pthread_rwlock_rdlock", CauseKind::Lock},
    {"pthread_rwlock_wrlock", CauseKind::Lock},
    {"pthread_rwlock_timedrdlock", CauseKind::Lock},
    {"pthread_rwlock_timedwrlock", CauseKind::Lock},
    {"pthread_rwlock_clockrdlock", CauseKind::Lock},
    {"pthread_rwlock_clockwrlock", CauseKind::Lock},
    {"sem_wait", CauseKind::Lock},
    {"sem_timedwait", CauseKind::Lock},
    {"sem_clockwait", CauseKind::Lock},
    {"mtx_lock", CauseKind::Lock},
    {"mtx_timedlock", CauseKind::Lock},
    {"std::mutex::lock", CauseKind::Lock},
    {"std::shared_mutex::lock", CauseKind::Lock},
    {"absl::Mutex::Lock", CauseKind::Lock},
    {"PySemaphore_Wait", CauseKind::Lock},  // 3.13 and later
    {"PyMutex_Lock", CauseKind::Lock},
    {"PyMutex_LockTimed", CauseKind::Lock},
    {"pthread_cond_wait", CauseKind::Condition},
    {"pthread_cond_timedwait", CauseKind::Condition},
    {"pthread_cond_clockwait", CauseKind::Condition},
    {"cnd_wait", CauseKind::Condition},
    {"cnd_timedwait", CauseKind::Condition},
    {"std::condition_variable::wait", CauseKind::Condition},
    {"absl::CondVar::Wait", CauseKind::Condition},
};

// Rust: the path before these varies with the version ("std::sys::sync::mutex::futex::Mutex::lock_contended").
constexpr Known kEndings[] = {
    {"::Mutex::lock_contended", CauseKind::Lock},
    {"::RwLock::read_contended", CauseKind::Lock},
    {"::RwLock::write_contended", CauseKind::Lock},
    {"::RawMutex::lock_slow", CauseKind::Lock},
    {"::RawRwLock::lock_shared_slow", CauseKind::Lock},
    {"::RawRwLock::lock_exclusive_slow", CauseKind::Lock},
    {"::Condvar::wait_optional_timeout", CauseKind::Condition},
    {"::Condvar::wait_until_internal", CauseKind::Condition},
};

// CPython's lock: a semaphore, or where there is none (and in builds that were told so) a mutex with a condition.
constexpr std::string_view kPythonLock = "PyThread_acquire_lock";

// The wait lies a few frames above the syscall, and names further out may be anything's.
constexpr std::size_t kNearest = 6;

// "__GI___lll_lock_wait", "___pthread_mutex_lock", "pthread_cond_wait@@GLIBC_2.3.2", "std::mutex::lock()" -> the plain
// name
std::string_view plain(std::string_view name) {
  name = name.substr(0, name.find_first_of("@("));
  if (name.starts_with("__GI_")) name.remove_prefix(5);
  const auto first = name.find_first_not_of('_');
  return first == name.npos ? name : name.substr(first);
}

std::optional<CauseKind> kind_of(std::string_view name) {
  for (const auto& row : kFunctions)
    if (name == row.name) return row.kind;
  for (const auto& row : kEndings)
    if (name.ends_with(row.name)) return row.kind;
  return std::nullopt;
}

long operation(const RawSample& sample) {
  return static_cast<long>(sample.args[1]) & ~static_cast<long>(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
}

// A condition wait that was woken takes its mutex again: there glibc passes what a contended mutex passes, while it
// waits for the condition itself with FUTEX_WAIT_BITSET or, up to 2.33, with value 0.
bool takes_mutex_again(const RawSample& sample) {
  return operation(sample) == FUTEX_WAIT && static_cast<std::uint32_t>(sample.args[2]) == 2;
}

std::optional<CauseKind> by_operation(const RawSample& sample) {
  constexpr long kLockPi2 = 13;  // FUTEX_LOCK_PI2, newer than some headers
  const long op = operation(sample);
  if (op == FUTEX_LOCK_PI || op == kLockPi2) return CauseKind::Lock;
  return op == FUTEX_WAIT_REQUEUE_PI ? std::optional(CauseKind::Condition) : std::nullopt;
}

}  // namespace

CauseKind futex_kind(const RawSample& sample, const std::vector<std::string>& functions) {
  if (const auto kind = by_operation(sample)) return *kind;
  const auto end = functions.begin() + static_cast<std::ptrdiff_t>(std::min(functions.size(), kNearest));
  const auto is_python_lock = [](const std::string& name) { return plain(name).starts_with(kPythonLock); };
  if (std::any_of(functions.begin(), end, is_python_lock)) return CauseKind::Lock;
  for (auto it = functions.begin(); it != end; ++it)
    if (const auto kind = kind_of(plain(*it)))
      return *kind == CauseKind::Condition && takes_mutex_again(sample) ? CauseKind::Lock : *kind;
  return CauseKind::Other;
}

}  // namespace loopstall
