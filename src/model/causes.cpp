#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>

#include "model/culprit.h"

namespace loopstall {
namespace {

using Shares = std::map<Cause, std::uint64_t>;

std::uint64_t sum_of(const Shares& shares) {
  return std::accumulate(shares.begin(), shares.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& share) { return sum + share.second; });
}

std::vector<CauseShare> largest_first(const Shares& shares) {
  std::vector<CauseShare> causes;
  for (const auto& [cause, ns] : shares)
    if (ns) causes.push_back({cause, ns});
  std::sort(causes.begin(), causes.end(), [](const CauseShare& a, const CauseShare& b) {
    return std::tuple(b.ns, a.cause) < std::tuple(a.ns, b.cause);
  });
  return causes;
}

Shares sleeps_in(const std::vector<EvidenceSample>& samples) {
  Shares shares;
  for (const EvidenceSample& sample : samples)
    if (!sample.on_cpu) shares[sample.cause] += sample.weight_ns;
  return shares;
}

// Takes `excess` away where it shows least. The clocks of a sleep's look and of the split are read at different
// moments.
void take_away(Shares& shares, std::uint64_t excess) {
  while (excess) {
    const auto largest = std::max_element(shares.begin(), shares.end(),
                                          [](const auto& a, const auto& b) { return a.second < b.second; });
    const std::uint64_t part = std::min(largest->second, excess);
    largest->second -= part;
    excess -= part;
  }
}

// To exactly `ns`: scaled down if they are more, with an unknown rest if they are less.
void fit(Shares& shares, std::uint64_t ns) {
  const std::uint64_t sum = sum_of(shares);
  if (sum < ns) shares[{}] += ns - sum;
  if (sum <= ns) return;
  for (auto& share : shares)
    share.second = static_cast<std::uint64_t>(static_cast<double>(share.second) * static_cast<double>(ns) /
                                              static_cast<double>(sum));
  const std::uint64_t scaled = sum_of(shares);
  if (scaled < ns)
    std::max_element(shares.begin(), shares.end(), [](auto& a, auto& b) { return a.second < b.second; })->second +=
        ns - scaled;
  if (scaled > ns) take_away(shares, scaled - ns);
}

}  // namespace

std::vector<CauseShare> causes_of(const std::vector<EvidenceSample>& samples, const Split& split,
                                  std::uint64_t busy_ns) {
  Shares shares = sleeps_in(samples);
  fit(shares, split.blocked_ns);
  shares[{.kind = CauseKind::Cpu}] += split.cpu_ns;
  shares[{.kind = CauseKind::RunQueue}] += split.runqueue_ns;
  const std::uint64_t booked = sum_of(shares);
  if (booked < busy_ns) shares[{}] += busy_ns - booked;
  if (booked > busy_ns) take_away(shares, booked - busy_ns);
  return largest_first(shares);
}

Cause cause_of_culprit(const std::vector<EvidenceSample>& samples, const Culprit& culprit) {
  Shares shares;
  for (const EvidenceSample& sample : samples)
    if (shows(sample, culprit)) shares[sample.cause] += sample.weight_ns;
  return dominant_cause(largest_first(shares));
}

Cause dominant_cause(const Evidence& evidence) {
  if (!evidence.culprit.known()) return dominant_cause(evidence.causes);
  if (evidence.culprit_cause != Cause{}) return evidence.culprit_cause;
  std::vector<CauseShare> own = evidence.causes;
  std::erase_if(own, [](const CauseShare& share) {
    return share.cause.kind == CauseKind::RunQueue || share.cause.kind == CauseKind::Throttled;
  });
  return dominant_cause(own.empty() ? evidence.causes : own);
}

Cause dominant_cause(const std::vector<CauseShare>& causes) {
  std::map<CauseKind, std::uint64_t> sums;
  for (const CauseShare& share : causes) sums[share.cause.kind] += share.ns;
  const auto most =
      std::max_element(sums.begin(), sums.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == sums.end()) return {};
  std::optional<Cause> largest;
  for (const CauseShare& share : causes) {
    if (share.cause.kind != most->first) continue;
    if (!largest) largest = share.cause;
    if (largest->object != share.cause.object) largest->object.clear();
  }
  return *largest;
}

}  // namespace loopstall
