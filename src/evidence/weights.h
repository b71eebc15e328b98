// What the looks of one stall stand for.
#pragma once

#include <vector>

#include "model/evidence.h"
#include "model/raw_sample.h"
#include "model/values.h"

namespace loopstall {

// CPU time that the looks, in the order of time, saw: each what passed since the look before it, asleep or on the CPU.
std::uint64_t cpu_seen(const std::vector<RawSample>& looks);

// Looks on the CPU share what they saw of the split's CPU time in proportion to what passed between them. Of what they
// did not see they get their part of all that was seen, awake or asleep: where it slept nearly always, one look does
// not tell what it did on the CPU between the sleeps. The rest is not known.
void share_cpu_time(std::vector<EvidenceSample>& samples, std::uint64_t seen_ns, const Split& split);

// The part of the run queue's delay that the CPU quota accounts for, at most throttled_ns, becomes throttling.
void split_throttled(std::vector<CauseShare>& causes, std::uint64_t throttled_ns);

// Looks at sleeps do not stand for more than the split's blocked time: each sleep's end is seen a little late.
void fit_sleeps(std::vector<EvidenceSample>& samples, const Split& split);

// Waits for the GIL without a look are a sample without a stack.
void add_gil_waits(std::vector<EvidenceSample>& samples, std::uint64_t gil_ns, const Split& split);

// What the split measured and no look stands for gets a sample without a stack, if it is more than a hundredth: so
// samples add up to busy time less the run queue's part.
void add_unseen(std::vector<EvidenceSample>& samples, const Split& split);

// Looks with the same stack, cause and holder are one, with the sum of their weights.
void merge_equal(std::vector<EvidenceSample>& samples);

}  // namespace loopstall
