// Strong integer ids: a loop's number can not be mistaken for a pid.
#pragma once

#include <compare>
#include <cstdint>

namespace loopstall {

template <class Tag>
struct Id {
  std::uint32_t value = 0;
  auto operator<=>(const Id&) const = default;
};

// The n-th loop thread of a session, in the order in which they were seen. Never reused within a session.
using LoopId = Id<struct LoopTag>;

}  // namespace loopstall
