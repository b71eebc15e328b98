#include <algorithm>

#include "check/baseline.h"
#include "model/resample.h"

namespace loopstall::check {
namespace {

constexpr std::size_t kMostTasks = 256;
constexpr std::uint64_t kFewestSteps = 20;  // of a task: of fewer there is no typical one

struct Named {
  const char* name;
  loopstall::Statistic statistic;
};

const std::vector<Named>& of_iterations() {
  static const std::vector<Named> statistics = {{"own.p50", [](const Pool& pool) { return pool.quantile_ns(0.5); }},
                                                {"own.p99", [](const Pool& pool) { return pool.quantile_ns(0.99); }}};
  return statistics;
}

double own_mean(const Pool& pool) {
  return pool.count() > 0 ? std::max(0.0, pool.sum_ns() - pool.runqueue_ns()) / pool.count() : 0;
}

std::size_t occupied(const std::vector<Blocks>& runs) {
  std::size_t n = 0;
  for (const Blocks& blocks : runs) n += loopstall::occupied(blocks);
  return n;
}

std::uint64_t count(const std::vector<Blocks>& runs) {
  std::uint64_t n = 0;
  for (const Blocks& blocks : runs)
    for (const BlockValues& block : blocks)
      for (const BucketDelta& b : block.values) n += b.count;
  return n;
}

void add_run(std::vector<Blocks>& runs, Blocks blocks) {
  blocks = measured_only(std::move(blocks));
  if (!blocks.empty()) runs.push_back(std::move(blocks));
}

Recorded recorded(const Estimate& estimate, std::size_t blocks) { return {estimate.value, estimate.error, blocks}; }

// All loops of a run together.
void add_iterations(Baseline& baseline, const std::vector<Summary>& summaries) {
  std::vector<Blocks> runs;
  for (const Summary& summary : summaries) {
    Blocks all;
    for (const LoopSummary& loop : summary.loops) all = std::move(all) + own_blocks(summary, loop);
    add_run(runs, std::move(all));
  }
  const std::size_t blocks = occupied(runs);
  if (blocks < kFewestBlocks) return;
  Drawer drawer;
  const Resampled resampled(runs, drawer);
  for (const Named& named : of_iterations())
    baseline.iterations[named.name] = recorded(resampled.estimate(named.statistic), blocks);
}

// The same task of several loops is one.
std::map<std::string, Blocks> tasks_of(const Summary& summary) {
  std::map<std::string, Blocks> tasks;
  for (const TaskSummary& row : summary.tasks) {
    Blocks& blocks = tasks[identity_of(row.task.source, row.handler)];
    blocks = std::move(blocks) + hold_blocks(summary, row);
  }
  return tasks;
}

using Tasks = std::map<std::string, std::vector<Blocks>>;

std::uint64_t hold_ns(const std::vector<Blocks>& runs) {
  std::uint64_t ns = 0;
  for (const Blocks& blocks : runs)
    for (const BlockValues& block : blocks)
      for (const BucketDelta& b : block.values) ns += b.sum_ns;
  return ns;
}

// Those that held the loops longest: a file that is read in reviews is no place for thousands.
void keep_heaviest(Tasks& tasks) {
  std::vector<std::pair<std::uint64_t, std::string>> order;
  for (const auto& [name, runs] : tasks) order.emplace_back(hold_ns(runs), name);
  std::sort(order.rbegin(), order.rend());
  for (std::size_t i = kMostTasks; i < order.size(); ++i) tasks.erase(order[i].second);
}

void add_tasks(Baseline& baseline, const std::vector<Summary>& summaries) {
  Tasks tasks;
  for (const Summary& summary : summaries)
    for (auto& [name, blocks] : tasks_of(summary)) add_run(tasks[name], std::move(blocks));
  keep_heaviest(tasks);
  for (const auto& [name, runs] : tasks) {
    const std::size_t blocks = occupied(runs);
    if (blocks < kFewestBlocks || count(runs) < kFewestSteps) continue;
    baseline.tasks["own.avg " + name] = recorded(resample(runs, own_mean), blocks);
  }
}

}  // namespace

Baseline baseline_of(const std::vector<Session>& runs, const Measured& measured) {
  Baseline baseline;
  baseline.evidence_ns = measured.evidence_ns;
  std::vector<Summary> summaries;
  for (const Session& session : runs) summaries.push_back(summarize(session));
  add_iterations(baseline, summaries);
  add_tasks(baseline, summaries);
  for (const Offender& offender : measured.offenders) {
    std::uint64_t& worst = baseline.culprits[key_of(offender)];
    worst = std::max(worst, offender.worst_own_ns);
  }
  return baseline;
}

}  // namespace loopstall::check
