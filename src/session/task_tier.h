// The tier "tasks": which processes' task steps are counted, and when; and what the tasks are called.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "model/event.h"
#include "model/raw_task.h"
#include "model/task_plan.h"
#include "runtimes/cpython_layout.h"
#include "runtimes/cpython_task_names.h"
#include "session/task_budget.h"
#include "target/procfs.h"

namespace loopstall {

// The kernel side, as this tier needs it; capture/capture.h says more.
struct TaskControl {
  virtual ~TaskControl() = default;
  virtual std::string no_tasks() const = 0;  // why this kernel or this user can not; "" it can
  virtual Result<> begin_tasks(int pid, const TaskPlan& plan) = 0;
  virtual void end_tasks(int pid) = 0;
  virtual void want_handlers(TaskId task, bool wanted) = 0;
  struct Cost {
    std::uint64_t hits = 0;       // so far
    std::uint64_t step_ns = 0;    // what one costs the target
    std::uint64_t opened_ns = 0;  // when the open window's probes were in
    bool end_is_felt = false;     // ending a window holds the target up
  };
  virtual Cost task_cost(int pid) const = 0;
};

class TaskTier {
 public:
  TaskTier(const ProcFs& proc, Sink& sink, TaskControl& control, const TaskBudgetOptions& options)
      : proc_(proc), sink_(sink), control_(control), options_(options) {}

  // A loop of this process was confirmed: its steps are counted from now on, if they can be.
  void loop_confirmed(int pid, const PythonLayout& python, std::uint64_t now_ns);
  void process_ended(int pid);
  // About four times a second: begins and ends windows. Processes whose tier changed.
  std::vector<int> update(std::uint64_t now_ns);
  void name(const RawTask& task);
  // A library's coroutine or callback, in which the user's handlers run.
  bool has_handlers(TaskId task) const { return task.value < has_handlers_.size() && has_handlers_[task.value]; }

  struct Reached {
    bool tasks = false;  // some or all steps were counted
    std::string why{};   // why not, or not all
  };
  Reached reached(int pid) const;

 private:
  struct Process {
    TaskPlan plan;
    TaskBudget budget;
    ProcessMemory memory;
    PythonLayout python;
    std::size_t loops = 0;
    bool counted = false;
    std::string refused{};  // why there are no probes in it
  };
  Process planned(int pid, const PythonLayout& python, std::uint64_t now_ns);
  bool update(int pid, Process& process, std::uint64_t now_ns);
  bool begin(int pid, Process& process);

  const ProcFs& proc_;
  Sink& sink_;
  TaskControl& control_;
  TaskBudgetOptions options_;
  std::map<int, Process> processes_;
  std::mt19937_64 random_{std::random_device{}()};
  std::vector<bool> has_handlers_;
};

}  // namespace loopstall
