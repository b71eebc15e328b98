// Damages bytes, the same way in each run: what was found once is found again.
#pragma once

#include <cstddef>
#include <random>
#include <vector>

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  // A copy with one to twelve damages in [begin, end).
  std::vector<std::byte> damaged(const std::vector<std::byte>& original, std::size_t begin, std::size_t end) {
    std::vector<std::byte> bytes = original;
    if (begin >= end || end > bytes.size()) return bytes;
    for (std::size_t n = 1 + below(12); n > 0; --n) damage(bytes, begin + below(end - begin), end);
    return bytes;
  }
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : static_cast<std::size_t>(random_()) % limit; }

 private:
  void damage(std::vector<std::byte>& bytes, std::size_t at, std::size_t end) {
    const auto fill = [&](std::size_t length, auto value) {
      for (std::size_t i = at; i < end && i < at + length; ++i) bytes[i] = static_cast<std::byte>(value());
    };
    switch (below(7)) {
      case 0:
        return fill(1, [&] { return random_() & 0xff; });
      case 1:
        return fill(8, [&] { return random_() & 0xff; });
      case 2:
        return fill(1 + below(8), [] { return 0xff; });
      case 3:
        return fill(1 + below(64), [] { return 0; });
      case 4:
        return fill(1 + below(12), [] { return 0x80; });  // numbers of variable length go on and on
      case 5:
        bytes[at] ^= static_cast<std::byte>(1U << below(8));
        return;
      default:
        for (std::size_t i = at, from = below(bytes.size() - 32); i < end && i < at + 32; ++i, ++from)
          bytes[i] = bytes[from];
    }
  }
  std::mt19937 random_;  // the standard fixes its sequence
};
