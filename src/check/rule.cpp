#include "check/rule.h"

#include <array>

namespace loopstall::check {

bool holds(Compare compare, double value, double limit) {
  switch (compare) {
    case Compare::Less:
      return value < limit;
    case Compare::LessOrEqual:
      return value <= limit;
    case Compare::Greater:
      return value > limit;
    case Compare::GreaterOrEqual:
      return value >= limit;
    case Compare::Equal:
      return value == limit;
    case Compare::NotEqual:
      return value != limit;
  }
  return false;
}

std::string_view compare_text(Compare compare) {
  constexpr std::array<std::string_view, 6> kTexts{"<", "<=", ">", ">=", "==", "!="};
  return kTexts[static_cast<std::size_t>(compare)];
}

std::string_view level_name(Level level) { return level == Level::Error ? "error" : "warn"; }

}  // namespace loopstall::check
