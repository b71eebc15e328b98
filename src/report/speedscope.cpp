// The file format of speedscope (www.speedscope.app/file-format-schema.json): a profile of all loops together, then one
// for each, with the stalls in the order in which they happened, so that its time order shows them one by one.
#include <algorithm>
#include <tuple>

#include "report/json_parts.h"
#include "report/numbered.h"
#include "report/report.h"
#include "report/stack_labels.h"
#include "report/utf8.h"

namespace loopstall {
namespace {

struct Place {
  std::string name, file;
  std::uint32_t line = 0;
  auto operator<=>(const Place&) const = default;
};

Place place_of(const Frame& frame) {
  return {function_label(frame.function), clean(frame.file.empty() ? frame.module : frame.file), frame.line};
}

using Places = Numbered<Place>;

Json json_of(const Place& place) {
  Json json = {{"name", place.name}};
  if (!place.file.empty()) json["file"] = place.file;
  if (place.line) json["line"] = place.line;
  return json;
}

Json sample_of(const StallStack& stack, Places& places) {
  Json sample = Json::array();
  for (const Frame* frame : stack.frames) sample.push_back(places.number_of(place_of(*frame)));
  if (std::string state = state_label(stack); !state.empty())
    sample.push_back(places.number_of({std::move(state), ""}));
  if (stack.estimated) sample.push_back(places.number_of({std::string(kEstimated), ""}));
  return sample;
}

using Stacks = std::vector<const StallStack*>;

Json profile_of(const std::string& name, const Stacks& stacks, Places& places) {
  Json samples = Json::array(), weights = Json::array();
  std::uint64_t end = 0;
  for (const StallStack* stack : stacks) {
    samples.push_back(sample_of(*stack, places));
    weights.push_back(stack->weight_ns);
    end += stack->weight_ns;
  }
  return {{"type", "sampled"},
          {"name", name},
          {"unit", "nanoseconds"},
          {"startValue", 0},
          {"endValue", end},
          {"samples", std::move(samples)},
          {"weights", std::move(weights)}};
}

// What is not listed has no time: it comes last.
void sort_by_time(Stacks& stacks, const Summary& summary) {
  const auto start = [&](const StallStack* s) {
    return s->stall == kNotListed ? UINT64_MAX : summary.stalls[s->stall].start_ns;
  };
  std::stable_sort(stacks.begin(), stacks.end(), [&](auto* a, auto* b) { return start(a) < start(b); });
}

Stacks of_loop(const Stacks& all, std::size_t loop) {
  Stacks stacks;
  std::copy_if(all.begin(), all.end(), std::back_inserter(stacks), [loop](auto* s) { return s->loop == loop; });
  return stacks;
}

Json profiles_of(const Stacks& all, const Summary& summary, Places& places) {
  Json profiles = Json::array({profile_of("all loops", all, places)});
  for (std::size_t i = 0; i < summary.loops.size(); ++i)
    if (const Stacks stacks = of_loop(all, i); !stacks.empty())
      profiles.push_back(profile_of(loop_label(summary.loops[i].loop), stacks, places));
  return profiles;
}

Json frames_json(const Places& places) {
  Json frames = Json::array();
  for (const Place* place : places.in_order()) frames.push_back(json_of(*place));
  return frames;
}

}  // namespace

std::string render_speedscope(const Summary& summary, const ReportStyle&) {
  const std::vector<StallStack> stacks = stall_stacks(summary);
  Stacks all;
  for (const StallStack& stack : stacks) all.push_back(&stack);
  sort_by_time(all, summary);
  Places places;
  Json profiles = profiles_of(all, summary, places);
  return one_line({{"$schema", "https://www.speedscope.app/file-format-schema.json"},
                   {"exporter", "loopstall " + summary.info.version},
                   {"name", clean("stalls of " + summary.info.target)},
                   {"activeProfileIndex", 0},
                   {"shared", {{"frames", frames_json(places)}}},
                   {"profiles", std::move(profiles)}}) +
         "\n";
}

}  // namespace loopstall
