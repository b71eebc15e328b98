#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <tuple>

#include "base/units.h"
#include "diff/test.h"

namespace loopstall {
namespace {

// Too little to tell anything: fewer iterations or steps, or all of them in fewer blocks of time.
constexpr std::uint64_t kFewest = 10;
constexpr std::size_t kFewestBlocks = 5;
constexpr double kBeyond = 5;  // iterations or steps beyond a quantile, for it to be compared
// Steps of a framework's task are told by handler from 1 ms on, so one that is a little longer or shorter comes or
// goes.
constexpr std::uint64_t kSurelyToldNs = 2 * kMillisecond;
constexpr unsigned kMostThreads = 8;
constexpr double kTooLittle = 0.01;  // of a loop's busy time: who comes or goes with less is not worth a word

bool is_enough(const Sampled& s) { return s.side.count >= kFewest && s.side.occupied >= kFewestBlocks; }

// "" it can be tested.
std::string_view why_not(const Pairing& it) {
  for (const Sampled* s : {&it.before, &it.after})
    if (s->side.count && s->blocks.empty()) return "its blocks of time are not in the recording";
  return is_enough(it.before) && is_enough(it.after) ? "" : "too few to tell";
}

bool appears(const Item& item, const Sampled& sampled) {
  const bool told = item.handler.name.empty() || sampled.side.values.p50_ns >= kSurelyToldNs;
  return is_enough(sampled) && told && (!item.is_task || sampled.side.share >= kTooLittle);
}

void plan(Pairing& it) {
  Item& item = it.item;
  item.before = it.before.side;
  item.after = it.after.side;
  const bool is_new = !item.before.count, is_gone = !item.after.count;
  if (is_new && appears(item, it.after)) item.verdict = Verdict::New;
  if (is_gone && appears(item, it.before)) item.verdict = Verdict::Gone;
  item.why = is_new || is_gone ? "it comes and goes: too few or too short to tell" : why_not(it);
  if (!item.why.empty()) return;
  const auto count = static_cast<double>(std::min(item.before.count, item.after.count));
  for (std::size_t i = 0; i < kQuantiles.size(); ++i)
    if (count * (1 - kQuantiles[i].q) >= kBeyond) it.tested.push_back(i);
}

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
void collect(std::vector<Pairing>& all, const LoopPair& pair, const Summary& before, const Summary& after, Diff& diff) {
  all.push_back(loops_of(pair, before, after));
  const std::string loop = all.back().item.loop;
  if (pair.before.loops.empty() || pair.after.loops.empty()) return;
  const bool a = counted_tasks(before, pair.before), b = counted_tasks(after, pair.after);
  if (a != b) diff.notes.push_back(fmt::format("task steps of {} were counted in one of the sessions only", loop));
  if (!a || !b) return;
  for (const TaskRows& rows : match_tasks(pair, before, after)) all.push_back(task_of(rows, loop, before, after));
}

std::size_t comparisons(const std::vector<Pairing>& all) {
  std::size_t n = 0;
  for (const Pairing& it : all) n += it.item.why.empty() ? it.tested.size() + 1 : 0;
  return n;
}

// Each thread tests its share; no test depends on another.
void test_all(std::vector<Pairing>& all, const Tolerance& tolerance, double alpha) {
  const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U, kMostThreads);
  std::vector<std::jthread> running;
  for (unsigned first = 0; first < threads; ++first)
    running.emplace_back([&all, &tolerance, alpha, threads, first] {
      Test test(tolerance, alpha);
      for (std::size_t i = first; i < all.size(); i += threads)
        if (all[i].item.why.empty()) test(all[i]);
    });
}

int rank(Verdict verdict) {
  constexpr std::array kOrder{Verdict::Worse, Verdict::New, Verdict::Better, Verdict::Gone};
  return static_cast<int>(std::find(kOrder.begin(), kOrder.end(), verdict) - kOrder.begin());
}

// A total order: what is left equal by this keeps the order of the names.
void sort(std::vector<Item>& items) {
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    const auto weight = [](const Item& i) { return std::max(i.before.values.sum_ns, i.after.values.sum_ns); };
    return std::tuple(rank(a.verdict), weight(b)) < std::tuple(rank(b.verdict), weight(a));
  });
}

void note_differences(Diff& diff) {
  const auto& [a, b] = diff.sessions;
  if (a.kernel != b.kernel || a.machine != b.machine)
    diff.notes.push_back(
        fmt::format("not the same machine: {} {} before, {} {} after", a.kernel, a.machine, b.kernel, b.machine));
  for (std::size_t i = 0; i < diff.blocks.size(); ++i)
    if (!diff.blocks[i])
      diff.notes.push_back(
          fmt::format("the {} session has no blocks of time (it was merged, or is of an earlier "
                      "loopstall): nothing can be tested",
                      i ? "second" : "first"));
}

std::size_t without_blocks(const Summary& summary) {
  std::vector<bool> dropped;
  for (const TaskSummary& row : summary.tasks) {
    dropped.resize(std::max<std::size_t>(dropped.size(), row.task.id.value + 1));
    dropped[row.task.id.value] = row.task.blocks_dropped;
  }
  return static_cast<std::size_t>(std::count(dropped.begin(), dropped.end(), true));
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  constexpr std::array<std::string_view, 6> kNames{"same", "worse", "better", "new", "gone", "untested"};
  return kNames[static_cast<std::size_t>(verdict)];
}

std::size_t count_of(const Diff& diff, Verdict verdict) {
  const auto is_it = [verdict](const Item& item) { return item.verdict == verdict; };
  return static_cast<std::size_t>(std::count_if(diff.loops.begin(), diff.loops.end(), is_it) +
                                  std::count_if(diff.tasks.begin(), diff.tasks.end(), is_it));
}

Diff compare(const Summary& before, const Summary& after, const Tolerance& tolerance) {
  Diff diff{.sessions = {before.info, after.info},
            .blocks = {before.blocks.spans.size(), after.blocks.spans.size()},
            .tolerance = tolerance,
            .tasks_without_blocks = {without_blocks(before), without_blocks(after)}};
  note_differences(diff);
  std::vector<Pairing> all;
  for (const LoopPair& pair : match_loops(before, after)) collect(all, pair, before, after, diff);
  for (Pairing& it : all) plan(it);
  diff.comparisons = comparisons(all);
  test_all(all, tolerance, tolerance.level / static_cast<double>(std::max<std::size_t>(1, diff.comparisons)));
  for (Pairing& it : all) (it.item.is_task ? diff.tasks : diff.loops).push_back(std::move(it.item));
  sort(diff.loops);
  sort(diff.tasks);
  return diff;
}

}  // namespace loopstall
