#include "diff/diff_json.h"

namespace loopstall {
namespace {

Json json_of(const std::optional<RequestSummary>& side) {
  if (!side) return nullptr;
  return {{"count", side->count}, {"per_s", side->per_second}, {"held", held_json(side->hold)}};
}

Json json_of(const RequestChange& change) {
  Json json = name_json(change.name);
  json["before"] = json_of(change.before);
  json["after"] = json_of(change.after);
  return json;
}

}  // namespace

void add_requests(Json& json, const Diff& diff) {
  if (!knows_requests(diff)) return;
  json["requests"] = array_of(diff.requests, [](const RequestChange& change) { return json_of(change); });
}

}  // namespace loopstall
