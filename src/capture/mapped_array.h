// A BPF array that is mapped into this process: elements in place, no system call a reading.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <utility>

#include "base/result.h"

namespace loopstall {

template <class T>
class MappedArray {
 public:
  MappedArray() = default;
  MappedArray(MappedArray&& o) noexcept : first_(std::exchange(o.first_, nullptr)), bytes_(o.bytes_) {}
  MappedArray& operator=(MappedArray&& o) noexcept {
    std::swap(first_, o.first_);
    std::swap(bytes_, o.bytes_);
    return *this;
  }
  ~MappedArray() {
    if (first_) ::munmap(first_, bytes_);
  }

  static Result<MappedArray> map(int map_fd, std::size_t elements, const char* what) {
    static_assert(sizeof(T) % 8 == 0, "the kernel rounds elements up to this");
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    MappedArray array;
    array.bytes_ = (elements * sizeof(T) + page - 1) / page * page;
    void* memory = ::mmap(nullptr, array.bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
    if (memory == MAP_FAILED) return system_error(std::string("can not map ") + what, errno, ExitCode::CannotMeasure);
    array.first_ = static_cast<T*>(memory);
    return array;
  }

  T& operator[](std::size_t index) const { return first_[index]; }

 private:
  T* first_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace loopstall
