// One session: the probes, the processes they watch, and what is known so far. Everything happens on one thread, which
// sleeps until there are records, a tick (once a second), a signal, or the end of a process.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "capture/capture.h"
#include "recording/recording.h"
#include "session/collector.h"
#include "session/command.h"
#include "session/display.h"
#include "session/signals.h"
#include "session/stall_listener.h"
#include "session/trace_file.h"
#include "target/target.h"

namespace loopstall {

struct SessionOptions {
  std::uint64_t threshold_ns = 10'000'000;
  std::optional<std::uint64_t> duration_ns;  // until it is stopped or the targets end
  bool follow = true;
  TaskBudgetOptions tasks;
  bool queue_delay = true;
  bool requests = false;
  std::uint64_t evidence_after_ns = 10'000'000;  // iterations this old are looked at; 0: none
  std::string trace_file;                        // test only
  std::uint32_t loops = 128;                     // at a time, see room.h
};

class Measurement {
 public:
  // Loads and attaches the probes; nothing is counted yet.
  static Result<std::unique_ptr<Measurement>> open(const SessionOptions& options);

  // The session begins now, and not when the probes were loaded; before anything is measured.
  void begin();
  // What is measured; with follow also what they fork from now on. names resolved to first a moment ago.
  Result<> add_targets(const TargetSet& first, const std::vector<std::string>& names);
  Result<> add_command(const Command& command, std::string name);
  // The command has become itself: what it is can be looked up.
  void command_started(const Command& command);

  struct Surroundings {
    Signals& signals;
    Display& display;
    RecordingWriter* recording = nullptr;
    const Command* command = nullptr;  // signals are for it; the session ends with it
    StallListener* stalls = nullptr;
  };
  // Measures until the end, whatever brings it.
  enum class End { Stopped, TargetsGone };  // stopped: by a signal, or the time was up
  End run(const Surroundings& around);
  // A last word, before the recording is finished.
  void note(std::string text);

  const Session& session() const { return session_; }

 private:
  struct Control : LoopControl {
    explicit Control(Capture& c) : capture(c) {}
    void set_traits(LoopId loop, const LoopTraits& traits) override;
    void set_confirmed(LoopId loop) override { capture.set_confirmed(loop); }
    bool presume_loop(int tid, int epoll_fd) override { return capture.presume_loop(tid, epoll_fd); }
    void set_python(int pid, const std::optional<PythonLayout>& python) override;
    std::string no_tasks() const override { return capture.no_tasks(); }
    Result<> begin_tasks(int pid, const TaskPlan& plan) override { return capture.begin_tasks(pid, plan); }
    void end_tasks(int pid) override { capture.end_tasks(pid); }
    void want_handlers(TaskId task, bool wanted) override { capture.want_handlers(task, wanted); }
    Cost task_cost(int pid) const override;
    void set_stack_end(LoopId loop, std::uint64_t address) override { capture.set_stack_end(loop, address); }
    Capture& capture;
  };

  Measurement(Capture capture, const SessionOptions& options, std::optional<TraceFile> trace);
  Result<bool> add_new(const TargetSet& set);
  Result<> add_process(int pid, int parent);
  bool add_spawner(int pid);
  void watch(int pid);

  void drain();
  void sleep(const Surroundings& around);
  void take_signals(const Surroundings& around);
  void notice_ends();
  void tick(const Surroundings& around);
  void read();
  void plan_reading(std::uint64_t now_ns);
  void glance(const Surroundings& around);
  void look_for_stuck();
  void sample_quotas();
  bool time_is_up() const;
  bool targets_are_gone(const Surroundings& around) const;
  void finish(const Surroundings& around);

  SessionOptions options_;
  ProcFs proc_;
  Capture capture_;
  Control control_{capture_};
  std::optional<TraceFile> trace_;
  Session session_;
  Collector collector_;

  struct Watched {
    int pid;
    Fd end;
    bool over = false;
  };
  std::vector<Watched> watched_;
  std::set<int> spawners_;
  std::set<int> added_;
  std::uint64_t next_tick_ns_ = 0;
  std::uint64_t next_reading_ns_ = 0;  // between two ticks
  std::uint64_t next_drain_ns_ = 0;
  std::uint64_t next_glance_ns_ = 0;
  std::uint64_t next_quotas_ns_ = 0;
  bool looked_for_stuck_ = false;
  std::uint64_t end_ns_ = UINT64_MAX;
  bool stopped_ = false;
};

}  // namespace loopstall
