#include "evidence/weights.h"

#include <algorithm>
#include <tuple>

namespace loopstall {
namespace {

bool equal_but_for_time(const EvidenceSample& a, const EvidenceSample& b) {
  return a.on_cpu == b.on_cpu && a.cause == b.cause && a.holder_tid == b.holder_tid && a.stack == b.stack &&
         a.holder == b.holder;
}

std::uint64_t weight_of(const std::vector<EvidenceSample>& samples, bool on_cpu) {
  std::uint64_t sum = 0;
  for (const EvidenceSample& s : samples) sum += s.on_cpu == on_cpu ? s.weight_ns : 0;
  return sum;
}

void scale(std::vector<EvidenceSample>& samples, bool on_cpu, long double factor) {
  for (EvidenceSample& s : samples)
    if (s.on_cpu == on_cpu) s.weight_ns = static_cast<std::uint64_t>(static_cast<long double>(s.weight_ns) * factor);
}

}  // namespace

std::uint64_t cpu_seen(const std::vector<RawSample>& looks) {
  std::uint64_t seen = 0, since = 0;
  for (const RawSample& look : looks) {
    if (look.kind == SampleKind::Cpu) seen += std::min(look.weight_ns, look.at_ns - std::min(look.at_ns, since));
    since = look.at_ns + look.length_ns;
  }
  return seen;
}

void share_cpu_time(std::vector<EvidenceSample>& samples, std::uint64_t seen_ns, const Split& split) {
  const std::uint64_t sum = weight_of(samples, true), seen = std::min(seen_ns, split.cpu_ns);
  if (!sum) return;
  const auto asleep = static_cast<long double>(std::min(weight_of(samples, false), split.blocked_ns));
  const auto awake = static_cast<long double>(seen);
  const long double share = seen ? awake + static_cast<long double>(split.cpu_ns - seen) * awake / (awake + asleep) : 0;
  scale(samples, true, share / static_cast<long double>(sum));
}

void split_throttled(std::vector<CauseShare>& causes, std::uint64_t throttled_ns) {
  const auto queued = std::find_if(causes.begin(), causes.end(),
                                   [](const CauseShare& share) { return share.cause.kind == CauseKind::RunQueue; });
  if (queued == causes.end() || !throttled_ns) return;
  const std::uint64_t part = std::min(throttled_ns, queued->ns);
  queued->ns -= part;
  if (!queued->ns) causes.erase(queued);
  causes.push_back({{.kind = CauseKind::Throttled}, part});
  std::sort(causes.begin(), causes.end(), [](const CauseShare& a, const CauseShare& b) {
    return std::tuple(b.ns, a.cause) < std::tuple(a.ns, b.cause);
  });
}

void fit_sleeps(std::vector<EvidenceSample>& samples, const Split& split) {
  const std::uint64_t sum = weight_of(samples, false);
  if (sum <= split.blocked_ns) return;
  scale(samples, false, static_cast<long double>(split.blocked_ns) / static_cast<long double>(sum));
}

void add_gil_waits(std::vector<EvidenceSample>& samples, std::uint64_t gil_ns, const Split& split) {
  if (!gil_ns) return;
  samples.push_back({0, gil_ns, false, false, {CauseKind::Gil, "futex", ""}, {}, {}, 0});
  fit_sleeps(samples, split);
}

void add_unseen(std::vector<EvidenceSample>& samples, const Split& split) {
  const std::uint64_t cpu = weight_of(samples, true), asleep = weight_of(samples, false);
  const auto add = [&](std::uint64_t measured, std::uint64_t seen, bool on_cpu, CauseKind kind) {
    if (measured > seen && (measured - seen) * 100 > measured)
      samples.push_back({0, measured - seen, on_cpu, false, {kind, "", ""}, {}, {}, 0});
  };
  add(split.cpu_ns, cpu, true, CauseKind::Cpu);
  add(split.blocked_ns, asleep, false, CauseKind::Unknown);
}

void merge_equal(std::vector<EvidenceSample>& samples) {
  std::vector<EvidenceSample> merged;
  for (EvidenceSample& sample : samples) {
    const auto same = std::find_if(merged.begin(), merged.end(),
                                   [&](const EvidenceSample& m) { return equal_but_for_time(m, sample); });
    if (same == merged.end())
      merged.push_back(std::move(sample));
    else
      same->weight_ns += sample.weight_ns;
  }
  samples = std::move(merged);
}

}  // namespace loopstall
