// Turns what capture sees of threads into what the session knows: it names processes, judges which waiting threads are
// event loops, and folds every event. Samples of a loop that is not confirmed (yet) are folded as well, so nothing is
// lost when it is confirmed later.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "capture/capture.h"
#include "model/session.h"
#include "session/processes.h"
#include "target/loop_kind.h"

namespace loopstall {

// What the collector tells the kernel side about a loop: the capture in life, a fake in tests.
struct LoopControl {
  virtual ~LoopControl() = default;
  virtual void set_traits(LoopId loop, const LoopTraits& traits) = 0;
  virtual void set_confirmed(LoopId loop) = 0;
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
  std::vector<int> members;
  bool judged = false;
  Verdict verdict;
};

// Judging reads /proc. With very many unconfirmed threads each is judged every few ticks only.
constexpr std::size_t kJudgedPerTick = 64;

class Collector : public Observer {
 public:
  Collector(Session& session, const ProcFs& proc, LoopControl& control, IterationSink* iterations = nullptr);

  void add_target(int pid, int parent, std::uint64_t at_ns) { processes_.found_running(pid, parent, at_ns); }
  void add_command(int pid, std::uint64_t at_ns) { processes_.started(pid, at_ns); }
  // Once a second, before the snapshot.
  void tick(std::uint64_t now_ns);
  // Before capture's last word: every loop that is still unconfirmed is judged once more.
  void begin_last_round() { last_round_ = true; }
  // After it: loops that were stuck all the time (invariant 8).
  void finish(std::uint64_t now_ns);
  const Processes& processes() const { return processes_; }

  void on(const Event& event) override;
  void on_loop(LoopId loop, int pid, int tid, Wait wait, int wait_fd, const std::vector<int>& members) override;
  void on_fork(int parent, int child, std::uint64_t at_ns) override { processes_.forked(parent, child, at_ns); }
  void on_exec(int pid, std::uint64_t at_ns) override { processes_.execed(pid, at_ns); }
  void on_exit(int pid, std::uint64_t at_ns) override { processes_.exited(pid, at_ns); }
  void on_iteration(LoopId loop, std::uint64_t start_ns, std::uint64_t end_ns, std::uint64_t runqueue_ns) override;

 private:
  struct Folder : Sink {
    explicit Folder(Session& session_to_fill) : session(session_to_fill) {}
    void on(const Event& event) override { apply(session, event); }
    Session& session;
  };

  void take_cost(Cost cost);
  void open_loop(LoopOpened loop);
  bool is_due(LoopId loop, const Waiter& waiter) const;
  void judge(LoopId loop, Waiter& waiter);
  void confirm(LoopId loop, const Waiter& waiter);

  Folder folder_;
  const ProcFs& proc_;
  LoopControl& control_;
  IterationSink* iterations_;
  Processes processes_;
  std::map<LoopId, Waiter> waiters_;
  std::size_t unconfirmed_ = 0;
  std::size_t ticks_ = 0;
  std::uint64_t now_ns_ = 0;
  std::uint64_t cpu_before_ns_;  // what loading took is no part of the session
  bool last_round_ = false;
};

}  // namespace loopstall
