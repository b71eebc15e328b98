#include "evidence/desk.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "evidence/outside.h"
#include "evidence/thin_out.h"
#include "evidence/weights.h"
#include "model/culprit.h"

namespace loopstall {

void Desk::process_started(int pid, const std::optional<PythonLayout>& python) {
  process_ended(pid);
  pythons_[pid] = python;
  quotas_.add(pid);
}

void Desk::process_ended(int pid) {
  const auto found = resolvers_.find(pid);
  pythons_.erase(pid);
  quotas_.remove(pid);
  if (found == resolvers_.end()) return;
  of_the_gone_ += found->second.losses();
  resolvers_.erase(found);
}

Resolver& Desk::resolver(int pid) {
  return resolvers_.try_emplace(pid, proc_, pid, sources_, pythons_[pid]).first->second;
}

std::size_t Desk::bytes_waiting() const {
  std::size_t looks = 0;
  for (const auto& [loop, waiting] : waiting_) looks += waiting.looks.size();
  for (const auto& [loop, list] : done_)
    for (const Waiting& waiting : list) looks += waiting.looks.size();
  return looks * (sizeof(RawSample) + (16U << 10));
}

// Its memory can be read as long as it sleeps. Once it has woken up, what was read before stands for the same sleep.
void Desk::complete(RawSample& look) {
  if (!look.outside) return;
  if (read_from_outside(proc_, ProcessMemory(look.pid), pythons_[look.pid], look)) {
    outside_[look.loop] = look;
    return;
  }
  const auto known = outside_.find(look.loop);
  if (known == outside_.end() || known->second.at_ns != look.at_ns || known->second.registers != look.registers) return;
  RawSample with_memory = known->second;
  with_memory.length_ns = look.length_ns;
  with_memory.weight_ns = look.weight_ns;
  look = std::move(with_memory);
}

std::uint64_t Desk::take(RawSample sample) {
  complete(sample);
  steps_.take(sample);
  if (sample.light) return 0;
  if (sample.kind == SampleKind::LoopWait) return resolver(sample.pid).learn_loop(sample);
  Waiting& waiting = waiting_[sample.loop];
  if (waiting.iteration != sample.iteration) {
    if (!waiting.looks.empty()) done_[sample.loop].push_back(std::move(waiting));
    waiting = {sample.iteration, {}, false};
  }
  if (bytes_waiting() > kBytesWaiting) {
    ++dropped_;
    return 0;
  }
  waiting.looks.push_back(std::move(sample));
  if (waiting.looks.size() > kLooksWaiting) thin_out(waiting.looks, kLooksWaiting * 3 / 4);
  return 0;
}

std::vector<RawSample> Desk::looks_of(const Stall& stall) {
  const auto present = waiting_.find(stall.loop);
  if (present != waiting_.end() && present->second.iteration == stall.iteration)
    return std::exchange(present->second.looks, {});
  for (Waiting& waiting : done_[stall.loop])
    if (waiting.iteration == stall.iteration) return std::move(waiting.looks);
  return {};
}

void Desk::forget_done() {
  for (auto& [loop, list] : done_) {
    std::erase_if(list, [](const Waiting& waiting) { return waiting.settled_before; });
    for (Waiting& waiting : list) waiting.settled_before = true;
  }
}

bool Desk::must_wait(Ended& ended) {
  constexpr unsigned kRounds = 4;
  return !ended.looks.empty() && !resolver(ended.stall.pid).knows_loop(ended.stall.loop) && ended.rounds++ < kRounds;
}

void Desk::settle(bool last) {
  if (!ended_.empty()) quotas_.sample(monotonic_ns());
  for (Ended& ended : std::exchange(ended_, {})) {
    const Stall& stall = ended.stall;
    if (ended.rounds == 0) ended.looks = looks_of(stall);
    if (!last && must_wait(ended))
      ended_.push_back(std::move(ended));
    else
      sink_.on(EvidenceFound{stall.loop, stall.iteration, stall.start_ns, stall.busy_ns,
                             evidence_of(stall, std::move(ended.looks), kLooksResolved), stall.delayed});
  }
  steps_.settle(last);
  forget_done();
}

void Desk::loop_closed(LoopId loop) {
  settle(true);
  steps_.loop_closed(loop);
  waiting_.erase(loop);
  done_.erase(loop);
  outside_.erase(loop);
}

Evidence Desk::so_far(const Stall& stall, std::vector<RawSample> more) {
  std::vector<RawSample> looks;
  const auto present = waiting_.find(stall.loop);
  if (present != waiting_.end() && present->second.iteration == stall.iteration) looks = present->second.looks;
  for (RawSample& look : more) complete(look);
  std::move(more.begin(), more.end(), std::back_inserter(looks));
  return evidence_of(stall, std::move(looks), kLooksResolvedLive);
}

Evidence Desk::evidence_of(const Stall& stall, std::vector<RawSample> looks, std::size_t resolved) {
  Evidence evidence;
  const std::uint64_t cpu_seen_ns = cpu_seen(looks);
  thin_out(looks, resolved);
  for (const RawSample& look : looks) evidence.samples.push_back(resolver(look.pid).resolve(look));
  share_cpu_time(evidence.samples, cpu_seen_ns, stall.split);
  fit_sleeps(evidence.samples, stall.split);
  merge_equal(evidence.samples);
  evidence.culprit = culprit_of(evidence.samples, stall.split, stall.busy_ns, 0, threshold_ns_);
  if (evidence.culprit.known()) evidence.culprit_cause = cause_of_culprit(evidence.samples, evidence.culprit);
  add_gil_waits(evidence.samples, stall.gil_ns, stall.split);
  evidence.causes = causes_of(evidence.samples, stall.split, stall.busy_ns);
  split_throttled(evidence.causes, quotas_.throttled_in(stall));
  add_unseen(evidence.samples, stall.split);
  return evidence;
}

EvidenceLosses Desk::losses() const {
  EvidenceLosses losses = of_the_gone_;
  for (const auto& [pid, resolver] : resolvers_) losses += resolver.losses();
  return losses;
}

}  // namespace loopstall
