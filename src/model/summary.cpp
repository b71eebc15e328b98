#include "model/summary.h"

#include <algorithm>
#include <tuple>

#include "model/groups.h"
#include "model/request_summary.h"
#include "model/task_summary.h"

namespace loopstall {
namespace {

// A loop that came later or ended sooner was watched for less than the session.
std::uint64_t watched_ns(const SessionInfo& info, const Loop& loop) {
  const std::uint64_t begin = std::max(info.start_ns, loop.seen_ns);
  const std::uint64_t end = loop.closed_ns ? loop.closed_ns : info.start_ns + info.duration_ns;
  return end > begin ? end - begin : 0;
}

std::int64_t unaccounted_ns(const LoopCounters& c) {
  return static_cast<std::int64_t>(c.busy_ns - (c.split.cpu_ns + c.split.blocked_ns + c.split.runqueue_ns));
}

LoopSummary summarize_loop(const SessionInfo& info, const Loop& loop) {
  const LoopCounters& total = loop.total;
  const std::uint64_t watched = watched_ns(info, loop);
  return {.loop = loop,
          .busy = distribution_of(loop.busy),
          .own = distribution_of(loop.own),
          .utilization = ratio(total.busy_ns, total.busy_ns + total.idle_ns),
          .iterations_per_s = ratio(total.iterations, watched) * 1e9,
          .events_per_wait = ratio(total.events, total.iterations),
          .watched_ns = watched,
          .unaccounted_ns = unaccounted_ns(total),
          .delay = distribution_of(loop.queue.delay),
          .accept = distribution_of(loop.queue.accept),
          .arrival = arrival_waits(loop.busy, total.idle_ns),
          .waited_ns = loop.queue.total.waited_ns + loop.queue.total.early_ns};
}

// Stalls longest first; among equals the earlier one. A total order: a report has the same bytes each time.
bool longer(const Stall& a, const Stall& b) {
  return std::tuple(b.busy_ns, a.start_ns, a.loop, a.iteration) <
         std::tuple(a.busy_ns, b.start_ns, b.loop, b.iteration);
}

bool is_confirmed(const Session& session, LoopId id) {
  return id.value < session.loops.size() && session.loops[id.value].confirmed;
}

std::vector<Stall> confirmed_stalls(const Session& session) {
  std::vector<Stall> stalls;
  for (const Stall& stall : session.stalls)
    if (is_confirmed(session, stall.loop)) stalls.push_back(stall);
  std::sort(stalls.begin(), stalls.end(), longer);
  return stalls;
}

// A group of several loops is one: that workers share a culprit is what its reader has to see.
void add_groups(Summary& summary, const Session& session) {
  for (const StallGroup& group : session.groups) {
    if (!is_confirmed(session, group.loop)) continue;
    merge_group(summary.groups, group);
    summary.loop_groups.push_back(group);
  }
  for (const StallGroup& group : summary.groups) summary.stalls_explained += group.busy.count();
  std::stable_sort(summary.groups.begin(), summary.groups.end(), [](const StallGroup& a, const StallGroup& b) {
    return std::pair(a.blame.total_ns, a.busy.sum_ns()) > std::pair(b.blame.total_ns, b.busy.sum_ns());
  });
}

void add_loops(Summary& summary, const Session& session) {
  for (const Loop& loop : session.loops) {
    if (!loop.tid) continue;  // a number that no loop was opened with
    auto& loops = loop.confirmed ? summary.loops : summary.unconfirmed;
    loops.push_back(summarize_loop(session.info, loop));
    if (!loop.confirmed) continue;
    // The kernel counts a stall when its iteration ends, and capture adds those that were still going on at the
    // end: ongoing and before_attach ones are in already.
    summary.stalls_total += loop.total.stalls;
    summary.knows_blame |= loop.queue.measured;
    summary.lost.stalls_not_kept += loop.stalls_not_kept;
    summary.lost.evidence_dropped += loop.evidence_dropped;
    summary.lost.handlers_not_kept += loop.handlers_not_kept;
    summary.stalls_not_grouped += loop.stalls_not_grouped;
  }
}

void add_all_loops(Summary& summary) {
  Histogram busy, own;
  for (const LoopSummary& loop : summary.loops) {
    busy += loop.loop.busy;
    own += loop.loop.own;
  }
  summary.busy = distribution_of(busy);
  summary.own = distribution_of(own);
}

// Most time in (kept) stalls first, then the busiest.
void sort_loops(std::vector<LoopSummary>& loops, const Session& session) {
  std::map<LoopId, std::uint64_t> stalled;
  for (const Stall& stall : session.stalls) stalled[stall.loop] += stall.busy_ns;
  const auto key = [&](const LoopSummary& l) {
    return std::tuple(~stalled[l.loop.id], ~l.loop.total.busy_ns, l.loop.id);
  };
  std::sort(loops.begin(), loops.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
}

}  // namespace

Summary summarize(const Session& session) {
  Summary summary;
  summary.info = session.info;
  summary.processes = session.processes;
  summary.cost = session.cost;
  summary.lost = session.lost;
  summary.notes = session.notes;
  summary.blocks = session.blocks;
  summary.recordings = session.recordings;
  add_loops(summary, session);
  add_all_loops(summary);
  sort_loops(summary.loops, session);
  sort_loops(summary.unconfirmed, session);
  summary.stalls = confirmed_stalls(session);
  add_groups(summary, session);
  add_tasks(summary, session);
  add_requests(summary, session);
  return summary;
}

}  // namespace loopstall
