// Turns what capture sees of threads into what the session knows: it names processes, judges which waiting threads are
// event loops, and folds every event. Samples of a loop that is not confirmed (yet) are folded as well, so nothing is
// lost when it is confirmed later.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "capture/capture.h"
#include "evidence/desk.h"
#include "model/session.h"
#include "session/processes.h"
#include "session/stall_listener.h"
#include "session/task_tier.h"
#include "target/loop_kind.h"

namespace loopstall {

// What the collector tells the kernel side about a loop: the capture in life, a fake in tests.
struct LoopControl : TaskControl {
  virtual void set_traits(LoopId loop, const LoopTraits& traits) = 0;
  virtual void set_confirmed(LoopId loop) = 0;
  // Its thread is in an iteration of that epoll instance's loop since before the session. True if that may be.
  virtual bool presume_loop(int tid, int epoll_fd) = 0;
  // Where this process' CPython keeps its frames; nullopt: it runs another program now.
  virtual void set_python(int pid, const std::optional<PythonLayout>& python) = 0;
  // No call of the loop's thread stands higher on its stack.
  virtual void set_stack_end(LoopId loop, std::uint64_t address) = 0;
};

// Test only: takes every iteration.
struct IterationSink {
  virtual ~IterationSink() = default;
  virtual void on_iteration(LoopId loop, std::uint64_t start_ns, std::uint64_t end_ns, std::uint64_t runqueue_ns) = 0;
};

// A thread in a loop wait, and what it waits for.
struct Waiter {
  int pid = 0;
  int tid = 0;
  Wait wait = Wait::Unknown;
  int wait_fd = -1;
  std::vector<Waited> members;
  bool judged = false;
  Verdict verdict;
};

// Judging reads /proc. With very many unconfirmed threads each is judged every few ticks only.
constexpr std::size_t kJudgedPerTick = 64;

// When stuck loops are first looked for: before the first reading, and soon, as the wait of a transfer in a handler
// comes back every second.
constexpr std::uint64_t kFirstLookNs = 100'000'000;

class Collector : public Observer {
 public:
  Collector(Session& session, const ProcFs& proc, LoopControl& control, const TaskBudgetOptions& tasks = {},
            IterationSink* iterations = nullptr);

  const LoopTraits& add_target(int pid, int parent, std::uint64_t at_ns);
  void add_command(int pid, std::uint64_t at_ns) { processes_.started(pid, at_ns); }
  // Once a second, before the snapshot.
  void tick(std::uint64_t now_ns);
  // Before capture's last word: every loop that is still unconfirmed is judged once more.
  void begin_last_round() { last_round_ = true; }
  // After each drain: the evidence for the stalls that it brought.
  void settle(bool last = false) { desk_.settle(last); }
  // About four times a second: begins and ends the windows in which task steps are counted.
  void update_tasks(std::uint64_t now_ns);
  bool sample_quotas(std::uint64_t now_ns) { return desk_.sample_quotas(now_ns); }
  // Before the loops tell which stalls are going on.
  void begin_ongoing();
  // Why no loop has evidence; empty: they have.
  void set_no_evidence(std::string why) { no_evidence_ = std::move(why); }
  // Now and then: are there loops that are stuck since before the session (invariant 8)? The next drain brings them.
  void look_for_stuck(std::uint64_t now_ns);
  void finish(std::uint64_t now_ns) { tick(now_ns); }
  const Processes& processes() const { return processes_; }
  // From now on; nullptr: nobody.
  void tell_stalls(StallListener* listener) { folder_.news.tell(listener); }

  void on(const Event& event) override;
  void on_loop(LoopId loop, int pid, int tid, Wait wait, int wait_fd, const std::vector<Waited>& members) override;
  void on_fork(int parent, int child, std::uint64_t at_ns) override { processes_.forked(parent, child, at_ns); }
  void on_exec(int pid, std::uint64_t at_ns) override;
  void on_exit(int pid, std::uint64_t at_ns) override;
  void on_sample(RawSample sample) override;
  void on_ongoing(Stall stall, std::optional<RawSample> asleep) override;
  void on_task(const RawTask& task) override;
  void on_step(const RawStep& step) override;
  void on_iteration(LoopId loop, std::uint64_t start_ns, std::uint64_t end_ns, std::uint64_t runqueue_ns) override;

 private:
  struct Folder : Sink {
    explicit Folder(Session& session_to_fill) : session(session_to_fill), news(session_to_fill) {}
    void on(const Event& event) override;
    void on_evidence(const EvidenceFound& found);
    Session& session;
    StallNews news;
  };

  void take_cost(Cost cost);
  void take_losses(Lost lost);
  void learn_code(LoopId loop, int pid, const std::string& runtime);
  void learn_process(int pid, const std::string& runtime);
  void forget_code(int pid);
  void tell_tier(LoopId loop, int pid);
  void open_loop(LoopOpened loop);
  bool is_due(LoopId loop, const Waiter& waiter) const;
  void look_at_epoll(Waiter& waiter) const;
  void judge(LoopId loop, Waiter& waiter);
  void confirm(LoopId loop, const Waiter& waiter);

  Folder folder_;
  const ProcFs& proc_;
  LoopControl& control_;
  IterationSink* iterations_;
  Processes processes_;
  Desk desk_;
  TaskTier tasks_;
  // Processes that desk_ knows.
  struct Code {
    std::optional<PythonLayout> python;
    std::string why;  // their stacks do not show more
  };
  std::map<int, Code> code_known_;
  std::string no_evidence_;
  std::map<LoopId, Waiter> waiters_;
  std::set<int> presumed_;  // processes with a loop that was stuck before the session
  std::size_t unconfirmed_ = 0;
  std::size_t ticks_ = 0;
  std::uint64_t now_ns_ = 0;
  std::uint64_t cpu_before_ns_;  // what loading took is no part of the session
  bool last_round_ = false;
};

}  // namespace loopstall
