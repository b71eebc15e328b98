// A descriptor that a loop wait is for, and what stood behind it when the wait was entered: its number may be another
// file's by the time somebody looks.
#pragma once

#include <cstdint>
#include <vector>

namespace loopstall {

struct Waited {
  enum class Kind { Unknown, Pipe, Socket, Other };  // Unknown: what it is now
  int number = -1;
  Kind kind = Kind::Unknown;
  std::uint64_t inode = 0;
};

inline std::vector<Waited> as_they_are_now(const std::vector<int>& numbers) {
  std::vector<Waited> waited;
  for (const int number : numbers) waited.push_back({.number = number});
  return waited;
}

}  // namespace loopstall
