#include "runtimes/cpython_memory.h"

#include <sys/uio.h>

namespace loopstall {

bool ProcessMemory::read(std::uint64_t address, void* buffer, std::size_t length) const {
  const iovec local{buffer, length};
  // An address in the target: never dereferenced here.
  const iovec remote{reinterpret_cast<void*>(address), length};  // NOLINT(performance-no-int-to-ptr)
  return ::process_vm_readv(pid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(length);
}

}  // namespace loopstall
