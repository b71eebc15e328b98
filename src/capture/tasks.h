// The tier tasks: windows in which a process' task steps are counted, and what was counted. Reading and announcing of
// tasks is in task_readings.cpp.
#pragma once

#include <future>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "capture/capture.h"
#include "capture/slots.h"
#include "capture/task_object.h"

namespace loopstall {

using LoopsBySlot = std::map<std::uint32_t, LoopId>;  // those that are open

// How much of one loop's time was inside windows.
class CoverageMeter {
 public:
  void begin(const ls_slot& slot, std::uint64_t now_ns);
  void begin_new(std::uint64_t opened_ns);  // of a loop that opened in a window: from its first iteration on
  void end(const ls_slot& slot, std::uint64_t now_ns);
  TaskCoverage read(const ls_slot& slot, std::uint64_t now_ns) const;

 private:
  static TaskCoverage at(const ls_slot& slot, std::uint64_t now_ns);
  bool open_ = false;
  TaskCoverage start_, done_;
};

class Tasks {
 public:
  explicit Tasks(const CaptureOptions& options) : options_(options) {}
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;
  ~Tasks();

  const std::string& refused() const { return refused_; }
  bool loaded() const { return object_.has_value(); }
  const TaskObject& object() const { return *object_; }
  Result<> begin(int pid, const TaskPlan& plan, const Objects& others);
  void end(int pid);
  void forget(int pid);  // it is gone, or runs another program
  void stop();           // ends all windows; the probes are taken out by the destructor
  bool in_window(int pid) const;
  bool in_window_since(int pid, std::uint64_t then_ns) const;
  Capture::TaskCost cost(int pid, int costs_fd) const;
  void want_handlers(TaskId task, bool wanted);

  // ---- task_readings.cpp ----
  void on_task(const ls_record_task& record, LoopId loop, Observer& observer);
  std::optional<RawStep> to_step(const ls_record_step& record) const;
  // Stats with steps that no record told of yet.
  std::vector<std::uint32_t> unknown() const;
  // Those of them that are in these loops, and still without a record, will have none: they get a number without it.
  void announce_others(const std::vector<std::uint32_t>& stats, const LoopsBySlot& loops, Observer& observer);
  // Of all that have a number. with_buckets: all of them, however long that takes.
  void read(bool with_buckets, Observer& observer);
  void close_slot(std::uint32_t slot);

 private:
  struct Process {
    std::uint32_t index = 0;
    TaskPlan plan;
    std::vector<Uprobe> probes;
  };
  struct Reading {
    std::optional<TaskId> task;
    ls_task_stat last{};
    std::vector<BucketDelta> buckets;  // read, not told yet
  };
  Result<> load(const Objects& others);
  Result<Process*> process(int pid, const TaskPlan& plan);
  Result<> attach(Process& process, int pid);
  void set_open(const Process& process, bool open);
  void take_out(Uprobe probe);
  void take_out(std::vector<Uprobe> probes);
  Reading& reading(std::uint32_t stat);
  void announce(std::uint32_t stat, RawTask task, Observer& observer);
  void read_buckets();
  void tell(std::uint32_t stat, Observer& observer);

  CaptureOptions options_;
  std::string refused_;
  std::optional<TaskObject> object_;
  std::uint64_t trap_ns_ = 0;
  std::map<int, Process> processes_;
  std::list<std::future<void>> leaving_;  // probes that are being taken out: object_ must outlive them

  std::vector<Reading> readings_;       // by stat
  std::vector<std::uint32_t> stat_of_;  // by TaskId
  std::unordered_map<std::uint64_t, struct ls_bucket> buckets_;
  std::uint64_t buckets_due_ns_ = 0;
};

}  // namespace loopstall
