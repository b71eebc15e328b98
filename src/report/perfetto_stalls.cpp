#include <fmt/format.h>

#include <algorithm>

#include "report/culprits.h"
#include "report/perfetto_parts.h"
#include "report/stack_labels.h"
#include "report/utf8.h"

namespace loopstall::perfetto {
namespace {

Json slice(const Stall& stall, std::int64_t pid, const char* category, const std::string& name, std::uint64_t at_ns,
           std::uint64_t ns) {
  return {{"name", name},  {"cat", category}, {"ph", "X"},        {"ts", us(at_ns)},
          {"dur", us(ns)}, {"pid", pid},      {"tid", stall.tid}, {"args", Json::object()}};
}

std::uint64_t first_look(const Evidence& evidence, const Cause& cause) {
  std::uint64_t first = UINT64_MAX;
  for (const EvidenceSample& look : evidence.samples)
    if (look.cause.kind == cause.kind) first = std::min(first, look.at_ns);
  return first;
}

// How long each cause took is known, and roughly in which order they came.
std::vector<CauseShare> in_order(const Evidence& evidence) {
  std::vector<CauseShare> causes = evidence.causes;
  std::stable_sort(causes.begin(), causes.end(), [&](const CauseShare& a, const CauseShare& b) {
    return first_look(evidence, a.cause) < first_look(evidence, b.cause);
  });
  return causes;
}

Json stack_json(const Evidence& evidence) {
  Json frames = Json::array();
  if (const EvidenceSample* look = best_look(evidence))
    for (const Frame& frame : look->stack) frames.push_back(frame_label(frame));
  return frames;
}

Json args_of(const Stall& stall) {
  const Evidence& evidence = *stall.evidence;
  Json args = {{"iteration", stall.iteration},           {"busy_ns", stall.busy_ns},
               {"cpu_ns", stall.split.cpu_ns},           {"blocked_ns", stall.split.blocked_ns},
               {"runqueue_ns", stall.split.runqueue_ns}, {"ongoing", stall.ongoing},
               {"before_attach", stall.before_attach}};
  if (evidence.culprit.known()) args["culprit"] = frame_label(evidence.culprit.named());
  if (Json stack = stack_json(evidence); !stack.empty()) args["stack, innermost first"] = std::move(stack);
  return args;
}

void add_causes(Json& events, const Stall& stall, std::int64_t pid) {
  std::uint64_t at = stall.start_ns, left = stall.busy_ns;
  for (const CauseShare& share : in_order(*stall.evidence)) {
    const std::uint64_t ns = std::min(share.ns, left);
    Json event = slice(stall, pid, "cause", clean(cause_text(share.cause)), at, ns);
    event["args"] = {{"cause", cause_name(share.cause.kind)}, {"ns", ns}, {"position", "approximate"}};
    events.push_back(std::move(event));
    at += ns;
    left -= ns;
  }
}

// Of the step only its share of the stall is known, so it has a track of its own.
void add_step(Json& events, const Stall& stall, std::int64_t pid, std::size_t number) {
  const Culprit& culprit = stall.evidence->culprit;
  if (culprit.handler.function.empty() || culprit.held_gil) return;
  Json begin = {{"name", function_label(culprit.handler.function)},
                {"cat", "step"},
                {"ph", "b"},
                {"id", fmt::format("{:#x}", number + 1)},
                {"ts", us(stall.start_ns)},
                {"pid", pid},
                {"tid", stall.tid},
                {"args", {{"handler", frame_label(culprit.handler)}, {"ns", culprit.weight_ns}, {"estimated", true}}}};
  Json end = begin;
  end["ph"] = "e";
  end["ts"] = us(stall.start_ns + std::min(culprit.weight_ns, stall.busy_ns));
  end.erase("args");
  events.push_back(std::move(begin));
  events.push_back(std::move(end));
}

}  // namespace

void add_stall(Json& events, const Stall& stall, std::int64_t pid, std::size_t number) {
  const Culprit& culprit = stall.evidence->culprit;
  const std::string name = culprit.known() ? "stall: " + function_label(culprit.named().function) : "stall";
  Json event = slice(stall, pid, "stall", name, stall.start_ns, stall.busy_ns);
  event["args"] = args_of(stall);
  events.push_back(std::move(event));
  add_causes(events, stall, pid);
  add_step(events, stall, pid, number);
}

}  // namespace loopstall::perfetto
