// A split as the reports draw it: its parts in a fixed order, each with its look.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "model/values.h"
#include "report/text_canvas.h"

namespace loopstall {

struct SplitPart {
  std::string_view name;
  std::string_view block;
  Ink ink = Ink::Plain;
  std::uint64_t ns = 0;
  bool shown_empty = true;  // in a legend
};

// Fewer clock samples than this say nothing about user against kernel CPU.
constexpr std::uint64_t kSamplesEnough = 10;
bool tells_user_from_kernel(const Split& split);

// user~ and kernel~ are estimates (`~`); with too few clock samples there is only "cpu". The last part is the busy time
// that nobody booked.
std::vector<SplitPart> split_parts(const Split& split, std::uint64_t busy_ns);

// Columns for each part of a bar: together exactly `columns`, and at least one for every part that is not nothing.
// All are 0 if there is no time to draw or no room for it.
std::vector<unsigned> bar_widths(const std::vector<SplitPart>& parts, unsigned columns);

}  // namespace loopstall
