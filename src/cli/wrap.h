// Text in columns, for help and doctor.
#pragma once

#include <string>
#include <string_view>

namespace loopstall {

// Breaks at spaces, before `columns`; every line after the first is indented. A word that is longer stays whole.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t columns);

}  // namespace loopstall
