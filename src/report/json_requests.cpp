#include "report/json_parts.h"

namespace loopstall {
namespace {

Json loops_json(const RequestSummary& row) {
  Json array = Json::array();
  for (const auto& [loop, count] : row.loops) array.push_back({{"loop", loop}, {"count", count}});
  return array;
}

}  // namespace

// 4,096 histograms would make most of the report.
Json held_json(const Distribution& hold) {
  if (!hold.count) return nullptr;
  Json json = json_of(hold);
  json.erase("buckets");
  return json;
}

Json name_json(const RequestName& name) {
  return {{"protocol", protocol_name(name.protocol)},
          {"name", text_or_null(name.text)},
          {"method", text_or_null(std::string(method_of(name)))},
          {"path", text_or_null(std::string(path_of(name)))},
          {"cut", name.cut}};
}

Json json_of(const RequestSummary& row) {
  Json json = name_json(row.name);
  json["count"] = row.count;
  json["per_s"] = row.per_second;
  json["held"] = held_json(row.hold);
  json["loops"] = loops_json(row);
  return json;
}

void add_requests(Json& json, const Summary& summary) {
  if (!summary.request_reads.measured) return;
  json["requests"] = array_of(summary.requests, [](const RequestSummary& row) { return json_of(row); });
  json["request_reads"] = {{"encrypted", summary.request_reads.encrypted},
                           {"not_told", summary.request_reads.not_told}};
}

}  // namespace loopstall
