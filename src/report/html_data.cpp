#include "report/html_data.h"

#include "report/culprits.h"
#include "report/html_stacks.h"
#include "report/html_timeline.h"
#include "report/verdict.h"

namespace loopstall {
namespace {

Json verdict_json(const Summary& summary) {
  const std::string_view state = summary.loops.empty() ? "unknown" : summary.stalls_total ? "stalls" : "healthy";
  return {{"state", state}, {"text", verdict_text(summary)}};
}

Json loops_json(const Summary& summary) {
  const std::size_t at_once = points_at_once(summary);
  return array_of(summary.loops, [&](const LoopSummary& loop) {
    Json json = facts_of(loop, summary.info);
    json["timeline"] = html_timeline_json(loop.loop, summary.info, at_once);
    return json;
  });
}

Json stall_json(const Stall& stall, const Summary& summary, FrameTable& frames) {
  Json json = facts_of(stall, summary);
  const EvidenceSample* look = best_look(*stall.evidence);
  json["frames"] = look ? frames.places_of(look->stack) : Json::array();
  json["holder"] = look ? frames.places_of(look->holder) : Json::array();
  return json;
}

Json group_json(const StallGroup& group, const Summary& summary, FrameTable& frames) {
  Json json = facts_of(group, summary);
  json["frames"] = frames.places_of(group.example->stack);
  json["holder"] = frames.places_of(group.example->holder);
  return json;
}

// What the words of the values mean, as the other reports write them.
Json words_json() {
  Json json = {{"cause", Json::object()},
               {"unnamed", Json::object()},
               {"lost", Json::object()},
               {"tier", Json::object()},
               {"class", Json::object()}};
  for (unsigned i = 0; i <= static_cast<unsigned>(CauseKind::Other); ++i) {
    const auto kind = static_cast<CauseKind>(i);
    json["cause"][std::string(cause_name(kind))] = {{"label", cause_label(kind)}, {"text", cause_text({kind})}};
  }
  for (unsigned i = 0; i <= static_cast<unsigned>(Unnamed::NoHolder); ++i) {
    const auto reason = static_cast<Unnamed>(i);
    json["unnamed"][std::string(unnamed_name(reason))] = unnamed_text(reason);
  }
  for (const LostKind& kind : lost_kinds()) json["lost"][std::string(kind.key)] = kind.text;
  for (Tier tier : {Tier::Iterations, Tier::Stacks, Tier::Tasks})
    json["tier"][std::string(tier_name(tier))] = tier_text(tier);
  for (std::size_t i = 0; i < kStackClasses; ++i) {
    const auto c = static_cast<StackClass>(i);
    json["class"][std::string(stack_class_name(c))] = stack_class_text(c);
  }
  return json;
}

}  // namespace

Json html_data(const Summary& summary) {
  const auto with_info = [&](const auto& value) { return json_of(value, summary.info); };
  FrameTable frames;
  Json json = {{"session", json_of(summary.info)},
               {"verdict", verdict_json(summary)},
               {"cost", json_of(summary.cost)},
               {"lost", json_of(summary.lost)},
               {"processes", array_of(summary.processes, with_info)},
               {"loops", loops_json(summary)},
               {"unconfirmed", array_of(summary.unconfirmed, unconfirmed_json)},
               {"stalls_total", summary.stalls_total},
               {"stalls_explained", summary.stalls_explained},
               {"stalls_not_grouped", summary.stalls_not_grouped},
               {"tasks", array_of(summary.tasks, [&](const TaskSummary& row) { return json_of(row, summary); })},
               {"notes", summary.notes},
               {"words", words_json()}};
  json["culprits"] = array_of(summary.groups, [&](const auto& group) { return group_json(group, summary, frames); });
  json["stalls"] = array_of(summary.stalls, [&](const auto& stall) { return stall_json(stall, summary, frames); });
  json["stacks"] = stacks_json(summary, frames);
  add_requests(json, summary);
  json["frames"] = frames.take();
  return json;
}

}  // namespace loopstall
