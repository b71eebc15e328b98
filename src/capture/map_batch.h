// All elements of a BPF hash, thousands a system call.
#pragma once

#include <bpf/bpf.h>

#include <cerrno>
#include <cstdint>
#include <vector>

namespace loopstall {

template <class Key, class Value, class Visit>
void each_element(int fd, Visit visit) {
  constexpr std::uint32_t kBatch = 4096;
  std::vector<Key> keys(kBatch);
  std::vector<Value> values(kBatch);
  std::uint32_t position = 0, next = 0;
  for (bool first = true, more = true; more; first = false, position = next) {
    std::uint32_t n = kBatch;
    const int err =
        bpf_map_lookup_batch(fd, first ? nullptr : &position, &next, keys.data(), values.data(), &n, nullptr);
    if (err && err != -ENOENT) return;
    for (std::uint32_t i = 0; i < n; ++i) visit(keys[i], values[i]);
    more = !err;
  }
}

}  // namespace loopstall
