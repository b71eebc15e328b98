#include "cli/steal.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace loopstall {
namespace {

constexpr int kStealField = 8;  // of the line "cpu", after its name (proc_stat(5))

}  // namespace

std::optional<std::uint64_t> Steal::until(const Steal& later) const {
  if (!ns || !later.ns || *later.ns < *ns) return std::nullopt;
  return *later.ns - *ns;
}

Steal read_steal() {
  std::ifstream stat("/proc/stat");
  std::string name;
  std::uint64_t ticks = 0;
  stat >> name;
  for (int i = 0; i < kStealField; ++i) stat >> ticks;
  if (!stat || name != "cpu") return {};
  return {ticks * 1'000'000'000 / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK))};
}

}  // namespace loopstall
