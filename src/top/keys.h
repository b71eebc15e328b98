// What a terminal sends when a key is pressed.
#pragma once

#include <string>
#include <vector>

namespace loopstall::top {

// A character is its own code.
enum class Key : int {
  Tab = '\t',
  Redraw = 'L' - '@',
  Escape = 27,
  Up = 256,
  Down,
  Left,
  Right,
  PageUp,
  PageDown,
  Home,
  End
};

// Takes the keys out of what was read. What is no key that we know is skipped; a sequence that is not complete stays.
std::vector<Key> take_keys(std::string& bytes);

}  // namespace loopstall::top
