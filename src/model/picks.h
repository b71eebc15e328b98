// How often each block of time is in each draw. It depends on the number of blocks alone, so it is decided once for all
// loops and tasks of a session.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

namespace loopstall {

constexpr std::size_t kDraws = 1000;

struct Picks {
  std::size_t draws = 0;
  std::vector<double> times{};  // of the first block in each draw, then of the second, ...
  const double* of(std::size_t block) const { return times.data() + block * draws; }
};

// A single draw: every block once.
Picks each_once(std::size_t blocks);

// kDraws draws of several runs, of which the sizes are given: a draw takes as many runs as there are, and from each of
// these as many blocks as it has, several neighbours at once (see resample.h).
class Drawer {
 public:
  const Picks& draw(const std::vector<std::size_t>& runs);

 private:
  std::map<std::vector<std::size_t>, Picks> drawn_;
};

}  // namespace loopstall
