// A target's memory made up: blocks at addresses; everything else can not be read.
#pragma once

#include <cstring>
#include <map>
#include <string>

#include "runtimes/cpython_memory.h"

namespace loopstall::test {

class FakeMemory : public TargetMemory {
 public:
  bool read(std::uint64_t address, void* buffer, std::size_t length) const override {
    auto block = blocks_.upper_bound(address);
    if (block == blocks_.begin()) return false;
    --block;
    const auto skip = address - block->first;
    if (skip > block->second.size() || length > block->second.size() - skip) return false;
    std::memcpy(buffer, block->second.data() + skip, length);
    return true;
  }
  void put(std::uint64_t address, std::string bytes) { blocks_[address] = std::move(bytes); }
  // Inside a block that is there already.
  template <class T>
  void set(std::uint64_t address, T value) {
    auto block = std::prev(blocks_.upper_bound(address));
    std::memcpy(block->second.data() + (address - block->first), &value, sizeof value);
  }
  std::map<std::uint64_t, std::string>& blocks() { return blocks_; }

 private:
  std::map<std::uint64_t, std::string> blocks_;
};

}  // namespace loopstall::test
