#include <algorithm>
#include <numeric>

#include "model/stalls.h"

namespace loopstall {
namespace {

bool heavier(const EvidenceSample& a, const EvidenceSample& b) { return a.weight_ns > b.weight_ns; }
bool earlier(const EvidenceSample& a, const EvidenceSample& b) { return a.at_ns < b.at_ns; }

// The same look without its stack: its time still counts.
EvidenceSample without_stack(const EvidenceSample& sample) {
  EvidenceSample plain;
  plain.at_ns = sample.at_ns;
  plain.weight_ns = sample.weight_ns;
  plain.on_cpu = sample.on_cpu;
  plain.cause = sample.cause;
  return plain;
}

void add_by_cause(std::vector<EvidenceSample>& sums, const EvidenceSample& sample) {
  const auto same = std::find_if(sums.begin(), sums.end(), [&](const EvidenceSample& s) {
    return s.on_cpu == sample.on_cpu && s.cause == sample.cause;
  });
  if (same == sums.end()) return sums.push_back(without_stack(sample));
  same->weight_ns += sample.weight_ns;
  same->at_ns = std::min(same->at_ns, sample.at_ns);
}

Evidence bounded(Evidence evidence) {
  std::vector<EvidenceSample>& samples = evidence.samples;
  if (samples.size() <= kSamplesKept) return evidence;
  std::stable_sort(samples.begin(), samples.end(), heavier);
  std::vector<EvidenceSample> sums;
  for (std::size_t i = kSamplesKept; i < samples.size(); ++i) add_by_cause(sums, samples[i]);
  samples.resize(kSamplesKept);
  samples.insert(samples.end(), sums.begin(), sums.end());
  std::stable_sort(samples.begin(), samples.end(), earlier);
  return evidence;
}

Evidence without_samples(const Evidence& evidence) {
  return {.samples = {},
          .causes = evidence.causes,
          .culprit = evidence.culprit,
          .culprit_cause = evidence.culprit_cause,
          .withheld = evidence.withheld};
}

std::size_t frames_in(const Stall& stall) {
  const auto& samples = stall.evidence->samples;
  return std::accumulate(samples.begin(), samples.end(), std::size_t{0}, [](std::size_t sum, const auto& sample) {
    return sum + sample.stack.size() + sample.holder.size();
  });
}

std::vector<Stall*> with_stacks(Session& session) {
  std::vector<Stall*> stalls;
  for (Stall& stall : session.stalls)
    if (!stall.evidence->samples.empty()) stalls.push_back(&stall);
  return stalls;
}

void drop_mildest(Session& session, std::vector<Stall*>& stalls) {
  const Worse worse{session};
  const auto mildest = std::min_element(stalls.begin(), stalls.end(), [&](auto* a, auto* b) { return worse(*b, *a); });
  ++session.loops[(*mildest)->loop.value].evidence_dropped;
  (*mildest)->evidence = without_samples(*(*mildest)->evidence);
  stalls.erase(mildest);
}

bool too_many(const std::vector<Stall*>& stalls) {
  const std::size_t frames =
      std::accumulate(stalls.begin(), stalls.end(), std::size_t{0},
                      [](std::size_t sum, const Stall* stall) { return sum + frames_in(*stall); });
  return stalls.size() > kStacksKept || frames > kFramesKept;
}

}  // namespace

void keep_worst_stacks(Session& session) {
  std::vector<Stall*> stalls = with_stacks(session);
  while (too_many(stalls)) drop_mildest(session, stalls);
}

void keep_evidence(Session& session, const EvidenceFound& found) {
  const auto stall = std::find_if(session.stalls.rbegin(), session.stalls.rend(), [&](const Stall& s) {
    return s.iteration == found.iteration && s.loop == found.loop;
  });
  if (stall == session.stalls.rend()) return;
  stall->evidence = bounded(found.evidence);
  keep_worst_stacks(session);
}

}  // namespace loopstall
