// Reads a target's memory. The target runs meanwhile: whatever is read may be gone, torn, or used for something else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace loopstall {

class TargetMemory {
 public:
  virtual ~TargetMemory() = default;
  // True if all of it could be read.
  virtual bool read(std::uint64_t address, void* buffer, std::size_t length) const = 0;

  template <class T>
  std::optional<T> value(std::uint64_t address) const {
    T value{};
    if (!read(address, &value, sizeof value)) return std::nullopt;
    return value;
  }
  std::optional<std::string> bytes(std::uint64_t address, std::size_t length) const {
    std::string text(length, '\0');
    if (!read(address, text.data(), length)) return std::nullopt;
    return text;
  }
};

// Another's, for who wants to own one.
class BorrowedMemory : public TargetMemory {
 public:
  explicit BorrowedMemory(const TargetMemory& memory) : memory_(memory) {}
  bool read(std::uint64_t address, void* buffer, std::size_t length) const override {
    return memory_.read(address, buffer, length);
  }

 private:
  const TargetMemory& memory_;
};

// By process_vm_readv: no stop, no trace, and no mmap lock held for long.
class ProcessMemory : public TargetMemory {
 public:
  explicit ProcessMemory(int pid) : pid_(pid) {}
  bool read(std::uint64_t address, void* buffer, std::size_t length) const override;

 private:
  int pid_;
};

}  // namespace loopstall
