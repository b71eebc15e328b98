// When task steps are counted (--tasks auto): all the time while that is cheap, else in windows whose cost stays within
// the budget, over the time since the session began and from its fifth second on. A window is 5 s and longer, but for
// the first, and begins at a random moment, so that no rhythm of the target's is in step with it. Pure: whoever drives
// it tells the time and what the kernel counted.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>

namespace loopstall {

enum class TasksMode { Auto, On, Off };

struct TaskBudgetOptions {
  TasksMode mode = TasksMode::Auto;
  double max_overhead = 0.02;  // of the target's thread
};

class TaskBudget {
 public:
  enum class Step { Stay, Begin, End };

  // random: uniform in [0, 1).
  TaskBudget(const TaskBudgetOptions& options, std::uint64_t now_ns, std::function<double()> random);

  // About four times a second. hits: so far, of all windows; step_ns: what one costs; loops: threads that share them.
  // The result says what to do now; it is taken for done.
  Step update(std::uint64_t now_ns, std::uint64_t hits, std::uint64_t step_ns, std::size_t loops);

  // When the probes were in: up to 0.15 s after Begin, the first time. Of that time is what the window costs.
  void opened(std::uint64_t at_ns) { window_ns_ = std::max(window_ns_, at_ns); }

  bool counting() const { return counting_; }
  bool gave_up() const { return gave_up_; }
  // "exact in windows: counting every step would cost 6.1 % of the thread, more than 2 % (--max-overhead)"; "" when all
  // is counted.
  std::string reason() const;

 private:
  double window_cost(std::uint64_t now_ns, std::uint64_t hits, std::uint64_t step_ns, std::size_t loops) const;
  bool may_be_a_burst(double cost, std::uint64_t lasted) const;
  Step end_window(std::uint64_t now_ns, std::uint64_t window_ns);
  void plan_next(std::uint64_t now_ns);

  TaskBudgetOptions options_;
  std::function<double()> random_;
  std::uint64_t began_ns_;         // the session
  std::uint64_t window_ns_ = 0;    // when the open window began
  std::uint64_t window_hits_ = 0;  // hits before it
  std::uint64_t next_ns_ = 0;      // when the next one may begin
  double spent_ns_ = 0;            // of the thread's time, by windows that are over
  double cost_ = 0;                // of a second of counting, as it was last
  bool counting_ = false, first_ = true, gave_up_ = false;
};

}  // namespace loopstall
