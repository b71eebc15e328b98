#include "model/groups.h"

#include <algorithm>

#include "model/culprit.h"
#include "model/telling_sample.h"

namespace loopstall {
namespace {

StallGroup group_of(const EvidenceFound& found) {
  StallGroup group{.loop = found.loop,
                   .culprit = found.evidence.culprit,
                   .cause = dominant_cause(found.evidence),
                   .busy = {},
                   .example = {},
                   .blame = found.delayed};
  group.busy.record(found.busy_ns);
  return group;
}

void merge_cause(Cause& into, const Cause& other) {
  if (into.syscall != other.syscall) into.syscall.clear();
  if (into.object != other.object) into.object.clear();
}

// Of equals the earlier one stays.
void merge(StallGroup& into, const StallGroup& other) {
  if (other.busy.max_ns() > into.busy.max_ns()) {
    into.loop = other.loop;
    into.culprit = other.culprit;
    into.example = other.example;
  }
  merge_cause(into.cause, other.cause);
  into.busy += other.busy;
  into.blame += other.blame;
}

}  // namespace

// A call that blocks is on one line. Where the thread happened to compute, or to need the GIL or a page, is not.
bool same_group(const StallGroup& a, const StallGroup& b) {
  const Culprit &x = a.culprit, &y = b.culprit;
  return a.cause.kind == b.cause.kind && x.unnamed == y.unnamed && x.held_gil == y.held_gil &&
         (!is_blocking(a.cause.kind) || x.named().line == y.named().line) && same_function(x.frame, y.frame) &&
         same_function(x.handler, y.handler);
}

void merge_group(std::vector<StallGroup>& groups, const StallGroup& group) {
  const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return same_group(g, group); });
  if (same == groups.end()) return groups.push_back(group);
  merge(*same, group);
}

void add_to_groups(Session& session, const EvidenceFound& found) {
  StallGroup group = group_of(found);
  const auto same = std::find_if(session.groups.begin(), session.groups.end(),
                                 [&](const StallGroup& g) { return g.loop == group.loop && same_group(g, group); });
  const bool worst = same == session.groups.end() || group.busy.max_ns() > same->busy.max_ns();
  const EvidenceSample* sample = worst ? telling_sample(found.evidence) : nullptr;  // a copy is not cheap
  if (sample) group.example = *sample;
  if (same != session.groups.end()) return merge(*same, group);
  if (session.groups.size() < kGroupsKept) return session.groups.push_back(group);
  ++session.loops[found.loop.value].stalls_not_grouped;
}

}  // namespace loopstall
