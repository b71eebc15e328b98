// One picture of the screen: pure, what is shown and how it is looked at -> lines.
#pragma once

#include <string>
#include <vector>

#include "model/summary.h"
#include "top/view.h"

namespace loopstall::top {

struct Shown {
  Summary whole;                      // since the start: the report's numbers
  Summary second;                     // the last second
  std::vector<OngoingStall> ongoing;  // of confirmed loops, longest first
  const Summary& of(Period period) const { return period == Period::Whole ? whole : second; }
};

struct Size {
  unsigned columns = 80, rows = 24;
  bool operator==(const Size&) const = default;
};

struct Picture {
  std::vector<std::string> lines;  // as many as the size has rows, none wider than its columns
  Shape shape;
};

Picture paint(const Shown& shown, const View& view, const Size& size, bool color);

}  // namespace loopstall::top
