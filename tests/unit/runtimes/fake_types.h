// Type objects of a made-up CPython.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "fake_memory.h"

namespace loopstall::test {

using FakeMembers = std::vector<std::pair<std::string, std::int64_t>>;

// PyTypeObject with tp_basicsize and tp_members; takes the 4 KiB from `address` on.
inline void put_type(FakeMemory& memory, std::uint64_t address, std::int64_t basicsize, const FakeMembers& members) {
  const auto table = address + 0x200, names = address + 0x800;
  memory.put(address, std::string(4096, '\0'));
  memory.set(address + 32, basicsize);
  memory.set(address + 240, table);
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto name = names + 32 * i;
    for (std::size_t k = 0; k < members[i].first.size(); ++k) memory.set(name + k, members[i].first[k]);
    memory.set(table + 40 * i, name);
    memory.set(table + 40 * i + 16, members[i].second);
  }
}

}  // namespace loopstall::test
