// One thing as two sessions have it, on its way to being an Item.
#pragma once

#include "diff/sides.h"

namespace loopstall {

struct Quantile {
  std::string_view name;
  double q;
};
constexpr std::array<Quantile, 3> kQuantiles{{{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}}};

struct Pairing {
  Item item;
  Sampled before, after;
  std::vector<std::size_t> tested;  // of kQuantiles
};

// Each loop, followed by its tasks. `notes` gets what to know about it.
std::vector<Pairing> pairings(const Summary& before, const Summary& after, std::vector<std::string>& notes);

// What of it is tested, or why it is not.
void plan(Pairing& it);

}  // namespace loopstall
