#include "session/task_tier.h"

#include "runtimes/cpython_tasks.h"

namespace loopstall {
namespace {

constexpr const char* kOneWindow =
    "task steps were counted for a while only: counting all of them would cost more than --max-overhead, and on this "
    "kernel each end of counting holds the target up for some milliseconds (Linux 6.6 has probes that do not)";

// What follows is libbpf's.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// Not the loop's own wakeup; nor what had no room, which is many tasks'.
bool runs_handlers(TaskKind kind) { return kind != TaskKind::Signal && kind != TaskKind::Other; }

}  // namespace

TaskTier::Process TaskTier::planned(int pid, const PythonLayout& python, std::uint64_t now_ns) {
  const auto random = [this] { return std::uniform_real_distribution<double>()(random_); };
  Process process{{}, TaskBudget(options_, now_ns, random), ProcessMemory(pid), python};
  if (options_.mode == TasksMode::Off) {
    process.refused = "task steps are not counted: --tasks off";
    return process;
  }
  process.refused = control_.no_tasks();
  const auto info = proc_.process(pid);
  if (!process.refused.empty() || !info) return process;
  auto plan = plan_python_tasks(proc_, *info, python);
  if (plan)
    process.plan = std::move(*plan);
  else
    process.refused = "task steps can not be counted: " + plan.error().message;
  return process;
}

void TaskTier::loop_confirmed(int pid, const PythonLayout& python, std::uint64_t now_ns) {
  auto found = processes_.find(pid);
  const std::size_t loops = found == processes_.end() ? 0 : found->second.loops;
  // asyncio may be loaded by now.
  if (loops == 0 || !found->second.refused.empty())
    found = processes_.insert_or_assign(pid, planned(pid, python, now_ns)).first;
  found->second.loops = loops + 1;
  update(pid, found->second, now_ns);
}

void TaskTier::process_ended(int pid) {
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return;
  if (found->second.budget.counting()) control_.end_tasks(pid);
  processes_.erase(found);
}

bool TaskTier::begin(int pid, Process& process) {
  const auto begun = control_.begin_tasks(pid, process.plan);
  if (!begun) process.refused = "task steps can not be counted: " + first_line(begun.error().message);
  process.counted |= begun.has_value();
  return true;
}

// True: its tier changed.
bool TaskTier::update(int pid, Process& process, std::uint64_t now_ns) {
  if (!process.refused.empty()) return false;
  const auto cost = control_.task_cost(pid);
  if (process.budget.counting()) process.budget.opened(cost.opened_ns);
  switch (process.budget.update(now_ns, cost.hits, cost.step_ns, process.loops)) {
    case TaskBudget::Step::Begin:
      return begin(pid, process);
    case TaskBudget::Step::End:
      control_.end_tasks(pid);
      if (cost.end_is_felt) process.refused = kOneWindow;
      return true;
    case TaskBudget::Step::Stay:
      return false;
  }
  return false;
}

std::vector<int> TaskTier::update(std::uint64_t now_ns) {
  std::vector<int> changed;
  for (auto& [pid, process] : processes_)
    if (update(pid, process, now_ns)) changed.push_back(pid);
  return changed;
}

TaskTier::Reached TaskTier::reached(int pid) const {
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return {};
  const Process& process = found->second;
  return {process.counted, process.refused.empty() ? process.budget.reason() : process.refused};
}

// A task whose name can not be read any more keeps its counts.
void TaskTier::name(const RawTask& task) {
  const auto found = processes_.find(task.pid);
  auto named =
      found == processes_.end() ? std::nullopt : name_python_task(found->second.memory, found->second.python, task);
  if (!named) named = gone_task(task);
  sink_.on(TaskSeen{task.task, task.loop, named->kind, named->source, named->role});
  const bool handlers = runs_handlers(named->kind) && named->role == FrameRole::Library;
  if (task.task.value >= has_handlers_.size()) has_handlers_.resize(task.task.value + 1);
  has_handlers_[task.task.value] = handlers;
  control_.want_handlers(task.task, handlers);
}

}  // namespace loopstall
