#include "report/html_stacks.h"

#include "diagnosis/diagnosis.h"

namespace loopstall {

std::size_t FrameTable::place_of(const Frame& f) {
  const Key key{f.kind, f.role, f.function, f.file, f.line, f.module, f.inlined};
  const auto [place, fresh] = places_.try_emplace(key, places_.size());
  if (fresh)
    frames_.push_back(
        {f.function, f.file, f.line, f.module, frame_kind_name(f.kind), frame_role_name(f.role), f.inlined});
  return place->second;
}

Json FrameTable::places_of(const Stack& stack) {
  Json places = Json::array();
  for (const Frame& frame : stack) places.push_back(place_of(frame));
  return places;
}

Json stacks_json(const Summary& summary, FrameTable& frames) {
  Json json = {{"loop", Json::array()},      {"stall", Json::array()},  {"class", Json::array()},
               {"weight_ns", Json::array()}, {"stalls", Json::array()}, {"estimated", Json::array()},
               {"has_stack", Json::array()}, {"cause", Json::array()},  {"frames", Json::array()}};
  for (const StallStack& stack : stall_stacks(summary)) {
    json["loop"].push_back(stack.loop);
    json["stall"].push_back(stack.stall == kNotListed ? Json(nullptr) : Json(stack.stall));
    json["class"].push_back(stack_class_name(class_of(stack)));
    json["weight_ns"].push_back(stack.weight_ns);
    if (summary.knows_blame) json["delayed_ns"].push_back(stack.delayed_ns);
    json["stalls"].push_back(stack.stalls);
    json["estimated"].push_back(stack.estimated);
    json["has_stack"].push_back(has_stack(stack));
    json["cause"].push_back(cause_text(stack.cause));
    Json places = Json::array();
    for (const Frame* frame : stack.frames) places.push_back(frames.place_of(*frame));
    json["frames"].push_back(std::move(places));
  }
  return json;
}

}  // namespace loopstall
