// What the hypervisor admits to have taken, from all CPUs: whose it was is not told, so it is a bound.
#pragma once

#include <cstdint>
#include <optional>

namespace loopstall {

struct Steal {
  std::optional<std::uint64_t> ns;
  std::optional<std::uint64_t> until(const Steal& later) const;
};
Steal read_steal();

}  // namespace loopstall
