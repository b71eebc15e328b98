// Names of files.
#pragma once

#include <string_view>

namespace loopstall {

// What is behind the last slash.
inline std::string_view basename_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace loopstall
