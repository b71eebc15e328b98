// What a syscall's name says about a sleep in it.
#pragma once

#include <string_view>

namespace loopstall {

enum class SyscallGroup {
  Object,  // on a descriptor, and what that is says what it waits for
  Timer,
  Child,
  Clone,
  Poll,
  Select,
  Epoll,
  Futex,
  File,  // a file system's own work, on a path that is not captured or on a descriptor
  FileLock,
  RecordLock,
  Semaphore,
  Other,
};

SyscallGroup group_of(std::string_view syscall);

}  // namespace loopstall
