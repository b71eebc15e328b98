// "did you mean": the name that was probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace loopstall::check {

// The one of the names that is the fewest edits away, two at most; "" if none is.
std::string_view nearest(std::string_view word, std::span<const std::string_view> names);
// "a, b, c"
std::string list_of(std::span<const std::string_view> names);
// 'no WHAT "word"; did you mean "x"?', or what there is instead.
std::string no_such(std::string_view what, std::string_view word, std::span<const std::string_view> names);

}  // namespace loopstall::check
