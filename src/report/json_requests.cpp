#include "report/json_parts.h"

namespace loopstall {
namespace {

Json loops_json(const RequestSummary& row) {
  Json array = Json::array();
  for (const auto& [loop, count] : row.loops) array.push_back({{"loop", loop}, {"count", count}});
  return array;
}

// 4,096 histograms would make most of the report.
Json held_json(const Distribution& hold) {
  if (!hold.count) return nullptr;
  Json json = json_of(hold);
  json.erase("buckets");
  return json;
}

}  // namespace

Json json_of(const RequestSummary& row) {
  return {{"protocol", protocol_name(row.name.protocol)},
          {"name", text_or_null(row.name.text)},
          {"method", text_or_null(std::string(method_of(row.name)))},
          {"path", text_or_null(std::string(path_of(row.name)))},
          {"cut", row.name.cut},
          {"count", row.count},
          {"per_s", row.per_second},
          {"held", held_json(row.hold)},
          {"loops", loops_json(row)}};
}

void add_requests(Json& json, const Summary& summary) {
  if (!summary.request_reads.measured) return;
  json["requests"] = array_of(summary.requests, [](const RequestSummary& row) { return json_of(row); });
  json["request_reads"] = {{"encrypted", summary.request_reads.encrypted},
                           {"not_told", summary.request_reads.not_told}};
}

}  // namespace loopstall
