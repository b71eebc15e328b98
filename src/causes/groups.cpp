#include "causes/groups.h"

#include <algorithm>

#include "target/text.h"

namespace loopstall {
namespace {

struct Row {
  SyscallGroup group;
  std::string_view syscalls;
};

constexpr Row kRows[] = {
    {SyscallGroup::Object,
     "read write pread64 pwrite64 readv writev preadv pwritev preadv2 pwritev2 recvfrom recvmsg recvmmsg sendto "
     "sendmsg "
     "sendmmsg sendfile splice tee vmsplice copy_file_range connect accept accept4 shutdown setsockopt getsockopt "
     "ioctl"},
    {SyscallGroup::Timer, "nanosleep clock_nanosleep"},
    {SyscallGroup::Child, "wait4 waitid vfork"},
    {SyscallGroup::Clone, "clone"},
    {SyscallGroup::Poll, "poll ppoll"},
    {SyscallGroup::Select, "select pselect6"},
    {SyscallGroup::Epoll, "epoll_wait epoll_pwait epoll_pwait2"},
    {SyscallGroup::Futex, "futex"},
    {SyscallGroup::File,
     "fsync fdatasync sync syncfs sync_file_range msync fallocate truncate ftruncate readahead fadvise64 lseek "
     "getdents "
     "getdents64 stat lstat fstat newfstatat statx statfs fstatfs access faccessat faccessat2 open openat openat2 "
     "creat "
     "rename renameat renameat2 unlink unlinkat link linkat symlink symlinkat readlink readlinkat mkdir mkdirat rmdir "
     "chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat utimensat"},
    {SyscallGroup::FileLock, "flock"},
    {SyscallGroup::RecordLock, "fcntl"},
    {SyscallGroup::Semaphore, "semop semtimedop"},
};

bool lists(const Row& row, std::string_view syscall) {
  const auto words = split_words(row.syscalls);
  return std::find(words.begin(), words.end(), syscall) != words.end();
}

}  // namespace

SyscallGroup group_of(std::string_view syscall) {
  for (const auto& row : kRows)
    if (lists(row, syscall)) return row.group;
  return SyscallGroup::Other;
}

}  // namespace loopstall
