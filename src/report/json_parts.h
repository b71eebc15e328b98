// Model values -> JSON. Keys keep the order in which they are written, so the same summary gives the same bytes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/summary.h"

namespace loopstall {

using Json = nlohmann::ordered_json;

// What is not known is null.
inline Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
inline Json line_or_null(std::uint32_t line) { return line ? Json(line) : Json(nullptr); }

template <class T, class Convert>
Json array_of(const std::vector<T>& values, Convert convert) {
  Json array = Json::array();
  for (const T& value : values) array.push_back(convert(value));
  return array;
}

Json json_of(const SessionInfo& info);
Json json_of(const Process& process, const SessionInfo& info);
Json json_of(const Distribution& distribution);
Json json_of(const Split& split, std::uint64_t busy_ns);
Json json_of(const LoopSummary& loop, const SessionInfo& info);
Json json_of(const Stall& stall, const Summary& summary);
Json json_of(const StallGroup& group, const Summary& summary);
Json json_of(const TaskSummary& row, const Summary& summary);
Json json_of(const RequestSummary& row);
Json name_json(const RequestName& name);
// For how long requests held their loops; null if that is not known.
Json held_json(const Distribution& hold);
Json json_of(const Cause& cause);
Json json_of(const Cost& cost);
Json json_of(const Lost& lost);
Json unconfirmed_json(const LoopSummary& loop);
// In which time task steps of a loop were counted; null if they were not.
Json coverage_json(const LoopSummary& loop);
// All but what is long: a loop's timeline, a stall's and a group's stacks.
Json facts_of(const LoopSummary& loop, const SessionInfo& info);
Json facts_of(const Stall& stall, const Summary& summary);
Json facts_of(const StallGroup& group, const Summary& summary);
// Why it stalled, and the looks that tell: into the stall's object.
void add_findings(Json& json, const Stall& stall, const Summary& summary);
void add_looks(Json& json, const Stall& stall, const Summary& summary);
// How long sockets waited to be read; null if that was not measured.
Json queue_json(const LoopSummary& loop);
// null where queue delay was not measured.
Json blame_json(const Blame& blame, const Summary& summary);
// Into the report's object; nothing if nobody asked for them.
void add_requests(Json& json, const Summary& summary);
Json arrival_json(const LoopSummary& loop);

// Objects and arrays that fit go on one line: a person can read it, and a diff shows what changed. All in ASCII,
// since it may end on a terminal and a name may hold a control sequence; bytes that are no UTF-8 become U+FFFD.
std::string dump(const Json& json);
std::string one_line(const Json& json);

}  // namespace loopstall
