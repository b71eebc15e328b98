#pragma once

#include <string>
#include <string_view>

namespace loopstall {

// A gzip file of these bytes, without name or time: the same bytes give the same file. "" if there is no memory.
std::string gzip(std::string_view bytes);

}  // namespace loopstall
