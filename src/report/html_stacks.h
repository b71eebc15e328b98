// Stacks in a page's data: frames are many and much alike, so each different one is told once and meant by its place.
#pragma once

#include <map>
#include <string_view>
#include <tuple>

#include "report/json_parts.h"
#include "report/stall_stacks.h"

namespace loopstall {

class FrameTable {
 public:
  std::size_t place_of(const Frame& frame);
  Json places_of(const Stack& stack);
  // Each frame as [function, file, line, module, kind, role, inlined].
  Json take() { return std::move(frames_); }

 private:
  using Key =
      std::tuple<FrameKind, FrameRole, std::string_view, std::string_view, std::uint32_t, std::string_view, bool>;
  std::map<Key, std::size_t> places_;
  Json frames_ = Json::array();
};

// Columns of equal length: all that blocked the loops, as the flame graph draws it.
Json stacks_json(const Summary& summary, FrameTable& frames);

}  // namespace loopstall
