#include "model/picks.h"

#include <cmath>
#include <numeric>
#include <random>

namespace loopstall {
namespace {

constexpr std::uint64_t kSeed = 1;

struct Run {
  std::size_t first, size;
};

std::vector<Run> runs_of(const std::vector<std::size_t>& sizes) {
  std::vector<Run> runs;
  for (std::size_t first = 0; const std::size_t size : sizes) {
    runs.push_back({first, size});
    first += size;
  }
  return runs;
}

void draw_from(const Run& run, std::mt19937_64& random, double* times, std::size_t stride) {
  const auto together = static_cast<std::size_t>(std::lround(std::cbrt(static_cast<double>(run.size))));
  for (std::size_t drawn = 0, at = 0; drawn < run.size; ++drawn, ++at) {
    if (drawn % together == 0) at = random() % run.size;
    times[(run.first + at % run.size) * stride] += 1;
  }
}

Picks draw_all(const std::vector<Run>& runs, std::size_t blocks) {
  Picks picks{kDraws, std::vector<double>(kDraws * blocks)};
  std::mt19937_64 random(kSeed);
  for (std::size_t draw = 0; draw < kDraws; ++draw)
    for (std::size_t i = 0; i < runs.size(); ++i)
      draw_from(runs.size() == 1 ? runs[0] : runs[random() % runs.size()], random, picks.times.data() + draw, kDraws);
  return picks;
}

}  // namespace

Picks each_once(std::size_t blocks) { return {1, std::vector<double>(blocks, 1)}; }

const Picks& Drawer::draw(const std::vector<std::size_t>& runs) {
  const auto [place, fresh] = drawn_.try_emplace(runs);
  if (fresh) place->second = draw_all(runs_of(runs), std::accumulate(runs.begin(), runs.end(), std::size_t{0}));
  return place->second;
}

}  // namespace loopstall
