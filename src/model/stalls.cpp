#include "model/stalls.h"

#include <algorithm>
#include <tuple>

namespace loopstall {
namespace {

bool is_full(const Session& session) { return session.stalls.size() >= kStallsKept; }

}  // namespace

bool Worse::operator()(const Stall& a, const Stall& b) const {
  const auto key = [this](const Stall& s) {
    return std::tuple(session.loops[s.loop.value].confirmed, s.busy_ns, ~s.start_ns, ~s.loop.value, ~s.iteration);
  };
  return key(a) > key(b);
}

// While full, session.stalls is a heap with the mildest in front: nearly every further stall costs one compare.
void reorder_stalls(Session& session) {
  if (is_full(session)) std::make_heap(session.stalls.begin(), session.stalls.end(), Worse{session});
}

void keep_stall(Session& session, const Stall& stall) {
  const Worse worse{session};
  std::vector<Stall>& kept = session.stalls;
  if (!is_full(session)) {
    kept.push_back(stall);
    return reorder_stalls(session);
  }
  if (!worse(stall, kept.front())) {
    ++session.loops[stall.loop.value].stalls_not_kept;
    return;
  }
  std::pop_heap(kept.begin(), kept.end(), worse);
  ++session.loops[kept.back().loop.value].stalls_not_kept;
  kept.back() = stall;
  std::push_heap(kept.begin(), kept.end(), worse);
}

}  // namespace loopstall
