#include "model/request_summary.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace loopstall {
namespace {

struct Merged {
  RequestSummary row;
  Histogram hold;
};

// A total order: a report has the same bytes each time.
bool heavier(const RequestSummary& a, const RequestSummary& b) {
  return std::tie(b.hold.sum_ns, b.count, a.name) < std::tie(a.hold.sum_ns, a.count, b.name);
}

void add(Merged& merged, const Request& request, std::size_t place) {
  merged.row.name = request.name;
  merged.row.count += request.count;
  merged.row.loops.push_back({place, request.count});
  merged.hold += request.hold;
}

// The time that the loops with this request were watched.
double per_second(const RequestSummary& row, const Summary& summary) {
  std::uint64_t watched = 0;
  for (const auto& [place, count] : row.loops) watched = std::max(watched, summary.loops[place].watched_ns);
  return ratio(row.count, watched) * 1e9;
}

}  // namespace

void add_requests(Summary& summary, const Session& session) {
  std::map<LoopId, std::size_t> places;
  for (std::size_t i = 0; i < summary.loops.size(); ++i) places[summary.loops[i].loop.id] = i;
  std::map<RequestName, Merged> rows;
  for (const Request& request : session.requests)
    if (const auto place = places.find(request.loop); place != places.end() && request.count)
      add(rows[request.name], request, place->second);
  for (auto& [name, merged] : rows) {
    std::sort(merged.row.loops.begin(), merged.row.loops.end());
    merged.row.hold = distribution_of(merged.hold);
    merged.row.per_second = per_second(merged.row, summary);
    summary.requests.push_back(std::move(merged.row));
  }
  std::sort(summary.requests.begin(), summary.requests.end(), heavier);
  for (const LoopSummary& loop : summary.loops) summary.request_reads += loop.loop.requests;
}

}  // namespace loopstall
