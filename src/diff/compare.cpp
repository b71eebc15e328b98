#include <algorithm>
#include <thread>
#include <tuple>

#include "diff/notes.h"
#include "diff/test.h"

namespace loopstall {
namespace {

constexpr unsigned kMostThreads = 8;

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

bool knows_waiting(const Diff& diff) {
  const auto measured = [](const Item& i) { return i.before.waiting.measured || i.after.waiting.measured; };
  return std::any_of(diff.loops.begin(), diff.loops.end(), measured);
}

Diff compare(const Summary& before, const Summary& after, const Tolerance& tolerance) {
  Diff diff{.sessions = {before.info, after.info},
            .blocks = {before.blocks.spans.size(), after.blocks.spans.size()},
            .asked_for_requests = {before.request_reads.measured, after.request_reads.measured},
            .requests = match_requests(before, after),
            .tolerance = tolerance,
            .tasks_without_blocks = {without_blocks(before), without_blocks(after)}};
  note_what_differs(diff, before, after);
  std::vector<Pairing> all = pairings(before, after, diff.notes);
  for (Pairing& it : all) plan(it);
  diff.comparisons = comparisons(all);
  test_all(all, tolerance, tolerance.level / static_cast<double>(std::max<std::size_t>(1, diff.comparisons)));
  for (Pairing& it : all) (it.item.is_task ? diff.tasks : diff.loops).push_back(std::move(it.item));
  sort(diff.loops);
  sort(diff.tasks);
  return diff;
}

}  // namespace loopstall
