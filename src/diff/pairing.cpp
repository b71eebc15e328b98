#include "diff/pairing.h"

#include <fmt/format.h>

#include <algorithm>

namespace loopstall {
namespace {

Pairing loops_of(const LoopPair& pair, const Summary& before, const Summary& after) {
  Pairing it{
      .item = {}, .before = sample_loops(before, pair.before), .after = sample_loops(after, pair.after), .tested = {}};
  it.item.loop = pair.after.loops.empty() ? pair.before.name : pair.after.name;
  it.item.matched = pair.how;
  return it;
}

Pairing task_of(const TaskRows& rows, const std::string& loop, const Summary& before, const Summary& after) {
  Pairing it{
      .item = {}, .before = sample_tasks(before, rows.before), .after = sample_tasks(after, rows.after), .tested = {}};
  const TaskSummary& row = rows.after.empty() ? *rows.before[0] : *rows.after[0];
  it.item.loop = loop;
  it.item.is_task = true;
  it.item.kind = row.task.kind;
  it.item.source = row.task.source;
  it.item.handler = row.handler;
  for (const auto* side : {&rows.before, &rows.after})
    for (const TaskSummary* r : *side) it.item.estimated |= r->estimated_steps > 0;
  return it;
}

bool counted_tasks(const Summary& summary, const LoopGroup& group) {
  return std::any_of(group.loops.begin(), group.loops.end(),
                     [&](std::size_t i) { return summary.loops[i].loop.tasks.measured_ns > 0; });
}

// Where one session did not count steps, no task is new or gone.
void collect(std::vector<Pairing>& all, const LoopPair& pair, const Summary& before, const Summary& after,
             std::vector<std::string>& notes) {
  all.push_back(loops_of(pair, before, after));
  const std::string loop = all.back().item.loop;
  if (pair.before.loops.empty() || pair.after.loops.empty()) return;
  const bool a = counted_tasks(before, pair.before), b = counted_tasks(after, pair.after);
  if (a != b) notes.push_back(fmt::format("task steps of {} were counted in one of the sessions only", loop));
  if (!a || !b) return;
  for (const TaskRows& rows : match_tasks(pair, before, after)) all.push_back(task_of(rows, loop, before, after));
}

}  // namespace

std::vector<Pairing> pairings(const Summary& before, const Summary& after, std::vector<std::string>& notes) {
  std::vector<Pairing> all;
  for (const LoopPair& pair : match_loops(before, after)) collect(all, pair, before, after, notes);
  return all;
}

}  // namespace loopstall
