// The lines of /proc/PID/maps that matter here: executable ones, and the first of each file (it holds the build id).
// Reading the file takes the target's mmap lock, so it is read rarely.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "target/procfs.h"

namespace loopstall {

struct Mapping {
  std::uint64_t begin = 0, end = 0, offset = 0;
  std::uint64_t device = 0, inode = 0;  // device as of stat(2); inode 0: no file
  bool executable = false;
  bool deleted = false;  // no longer at its path
  std::string path;      // as the target sees it; "[vdso]"; "" anonymous
  bool operator==(const Mapping&) const = default;
  bool holds(std::uint64_t address) const { return address >= begin && address < end; }
};

std::optional<Mapping> parse_mapping(std::string_view line);
// In the order of addresses; empty if the process is gone or may not be looked at.
std::vector<Mapping> read_mappings(const ProcFs& proc, int pid);

}  // namespace loopstall
