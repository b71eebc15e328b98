#include "cli/memory_limit.h"

#include <fmt/format.h>

#include <fstream>
#include <string>

#include "cli/small_file.h"

namespace loopstall {
namespace {

struct CgroupPlace {
  std::string unified, memory;  // cgroup v2, and v1's memory controller
};

// Lines "0::/path" (v2) and "4:memory:/path" (v1).
CgroupPlace place_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/cgroup");
  CgroupPlace place;
  for (std::string line; std::getline(file, line);) {
    const std::size_t controllers = line.find(':'), path = line.find(':', controllers + 1);
    if (path == std::string::npos) continue;
    const std::string names = line.substr(controllers + 1, path - controllers - 1);
    if (names.empty()) place.unified = line.substr(path + 1);
    if (names.find("memory") != std::string::npos) place.memory = line.substr(path + 1);
  }
  return place;
}

// "max" and v1's nearly 2^63 mean that there is no limit.
std::optional<std::uint64_t> limit_in(const std::string& path) {
  const auto text = read_small_file(path);
  if (!text || text->empty() || text->find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const std::uint64_t bytes = std::stoull(*text);
  return bytes < (1ULL << 60) ? std::optional(bytes) : std::nullopt;
}

std::optional<std::uint64_t> limit_of(const CgroupPlace& place) {
  for (const std::string mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"})
    if (const auto limit = limit_in(mount + place.unified + "/memory.max")) return limit;
  return place.memory.empty() ? std::nullopt
                              : limit_in("/sys/fs/cgroup/memory" + place.memory + "/memory.limit_in_bytes");
}

}  // namespace

std::optional<std::uint64_t> shared_memory_limit(int pid) {
  const CgroupPlace ours = place_of("self"), theirs = place_of(std::to_string(pid));
  if (ours.unified != theirs.unified || ours.memory != theirs.memory) return std::nullopt;
  return limit_of(ours);
}

}  // namespace loopstall
