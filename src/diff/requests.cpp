#include "diff/requests.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace loopstall {
namespace {

std::uint64_t held_ns(const std::optional<RequestSummary>& side) { return side ? side->hold.sum_ns : 0; }
std::uint64_t count(const std::optional<RequestSummary>& side) { return side ? side->count : 0; }

std::pair<std::uint64_t, std::uint64_t> weight(const RequestChange& change) {
  return {std::max(held_ns(change.before), held_ns(change.after)), std::max(count(change.before), count(change.after))};
}

}  // namespace

std::vector<RequestChange> match_requests(const Summary& before, const Summary& after) {
  std::map<RequestName, RequestChange> changes;
  for (const RequestSummary& row : before.requests) changes[row.name].before = row;
  for (const RequestSummary& row : after.requests) changes[row.name].after = row;
  std::vector<RequestChange> list;
  for (auto& [name, change] : changes) {
    change.name = name;
    list.push_back(std::move(change));
  }
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return weight(b) < weight(a); });
  return list;
}

}  // namespace loopstall
