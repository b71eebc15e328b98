// Why a thread slept, from one look at it: pure, so that every rule has its table of tests.
#pragma once

#include <string>
#include <vector>

#include "causes/syscalls.h"
#include "model/evidence.h"
#include "model/raw_sample.h"

namespace loopstall {

// What was resolved about the sample beside it.
struct CauseContext {
  std::vector<std::string> functions;  // names of the innermost native functions, innermost first; empty: not known
  std::string path;                    // of sample.object, from complete_path(); "": not known
  Machine machine = kThisMachine;
};

// Never a guess: what is not certain is Other with the syscall's name, and an object that is not known is "".
//   Timer      nanosleep and its like; also a poll or select without descriptors, as CPython before 3.11 sleeps
//   Socket, Pipe   also a poll of that one descriptor, which is how clients with a timeout and DNS lookups wait
//   Lock       also flock(2) and a waiting fcntl(2) lock, with the file as object, and System V semaphores
//   Child      wait4, waitid, a poll of one pidfd, and vfork, which sleeps until the child runs its program
// A look at a running thread is Cpu, without a syscall: the stack says where in the kernel.
Cause cause_of(const RawSample& sample, const CauseContext& context = {});

}  // namespace loopstall
