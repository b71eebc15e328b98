// The kernel's one-line files.
#pragma once

#include <fstream>
#include <optional>
#include <string>

namespace loopstall {

// The first line; nullopt if it can not be read.
inline std::optional<std::string> read_small_file(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

}  // namespace loopstall
