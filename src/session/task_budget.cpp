#include "session/task_budget.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"

namespace loopstall {
namespace {

constexpr std::uint64_t kWindowNs = 5 * kSecond;
// The first window starts without knowing the rate: if it costs far too much that is seen this early. What is a little
// over the budget may be a burst (clients that all connect at once): it goes on until it has spent what a window may.
constexpr std::uint64_t kFirstLookNs = 200 * kMillisecond;
constexpr double kFarOver = 2;  // times the budget
constexpr double kWorthWaiting =
    40;  // at more than so many times the budget windows would be too rare to tell anything

}  // namespace

TaskBudget::TaskBudget(const TaskBudgetOptions& options, std::uint64_t now_ns, std::function<double()> random)
    : options_(options), random_(std::move(random)), began_ns_(now_ns) {}

// What counting takes of one thread's time.
double TaskBudget::window_cost(std::uint64_t now_ns, std::uint64_t hits, std::uint64_t step_ns,
                               std::size_t loops) const {
  const double taken = static_cast<double>(hits - window_hits_) * static_cast<double>(step_ns);
  const auto lasted = static_cast<double>(now_ns - window_ns_);
  return lasted > 0 ? taken / lasted / static_cast<double>(std::max<std::size_t>(loops, 1)) : 0;
}

bool TaskBudget::may_be_a_burst(double cost, std::uint64_t lasted) const {
  return first_ && cost <= options_.max_overhead * kFarOver &&
         cost * static_cast<double>(lasted) < options_.max_overhead * static_cast<double>(kWindowNs);
}

TaskBudget::Step TaskBudget::update(std::uint64_t now_ns, std::uint64_t hits, std::uint64_t step_ns,
                                    std::size_t loops) {
  if (options_.mode == TasksMode::Off || gave_up_) return Step::Stay;
  if (!counting_) {
    if (now_ns < next_ns_) return Step::Stay;
    counting_ = true;
    window_ns_ = now_ns;
    window_hits_ = hits;
    return Step::Begin;
  }
  if (options_.mode == TasksMode::On) return Step::Stay;
  const std::uint64_t lasted = now_ns - window_ns_;
  if (lasted < (first_ ? kFirstLookNs : kWindowNs)) return Step::Stay;
  const double cost = window_cost(now_ns, hits, step_ns, loops);
  if (cost <= options_.max_overhead || may_be_a_burst(cost, lasted)) {
    first_ = first_ && lasted < kWindowNs;
    return Step::Stay;
  }
  cost_ = cost;
  return end_window(now_ns, lasted);
}

TaskBudget::Step TaskBudget::end_window(std::uint64_t now_ns, std::uint64_t lasted) {
  counting_ = first_ = false;
  spent_ns_ += cost_ * static_cast<double>(lasted);
  gave_up_ = cost_ > options_.max_overhead * kWorthWaiting;
  plan_next(now_ns);
  return Step::End;
}

// When the budget of the whole time until the next window's end has room for it, and up to a window later.
void TaskBudget::plan_next(std::uint64_t now_ns) {
  const double window = cost_ * static_cast<double>(kWindowNs);
  const auto affordable = static_cast<std::uint64_t>((spent_ns_ + window) / options_.max_overhead);
  const auto later = static_cast<std::uint64_t>(random_() * static_cast<double>(kWindowNs));
  next_ns_ = std::max(now_ns, began_ns_ + affordable - std::min(affordable, kWindowNs)) + later;
}

std::string TaskBudget::reason() const {
  if (cost_ == 0) return "";
  return fmt::format(
      "counting every step would cost {:.1f} % of the thread's time, more than {:.1f} % (--max-overhead){}",
      cost_ * 100, options_.max_overhead * 100, gave_up_ ? ": stacks only" : ": in windows");
}

}  // namespace loopstall
