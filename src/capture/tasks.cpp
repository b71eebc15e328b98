#include "capture/tasks.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "base/clock.h"

using namespace std::chrono_literals;

namespace loopstall {
namespace {

// What user space knows; the rest is learnt anew. Windows and hits go on.
void fill_plan(ls_task_plan& to, int pid, const TaskPlan& p) {
  ls_task_plan plan{};
  plan.type_function = p.type_function;
  plan.type_method = p.type_method;
  plan.type_builtin = p.type_builtin;
  plan.type_cmethod = p.type_cmethod;
  plan.type_coroutine = p.type_coroutine;
  plan.type_generator = p.type_generator;
  plan.type_asend = p.type_asend;
  plan.none = p.none;
  plan.method_send = p.method_send;
  plan.method_throw = p.method_throw;
  plan.task_coro = p.task_coro;
  plan.coro_code = p.coro_code;
  plan.coro_qualname = p.coro_qualname;
  plan.func_code = p.func_code;
  plan.func_qualname = p.func_qualname;
  plan.asend_gen = p.asend_gen;
  plan.uvloop = p.uvloop;
  plan.frames_move = p.frames_move;
  plan.tgid = static_cast<std::uint32_t>(pid);
  plan.generation = to.generation;
  to = plan;
}

struct Loaded {
  TaskObject object;
  std::uint64_t trap_ns = 0;  // 0: it could not be measured
};

// With the kind of probe that works here; the one the target feels less first.
Result<Loaded> load_object(const Objects& others, const CaptureOptions& options) {
  auto multi = TaskObject::load(others, options, UprobeKind::Multi);
  if (multi)
    if (const auto trap_ns = measure_trap(*multi)) return Loaded{std::move(*multi), *trap_ns};
  auto perf = TaskObject::load(others, options, UprobeKind::Perf);
  if (!perf) return tl::unexpected(perf.error());
  const std::uint64_t trap_ns = measure_trap(*perf).value_or(0);
  return Loaded{std::move(*perf), trap_ns};
}

Result<Loaded> load_niced(const Objects& others, const CaptureOptions& options) {
  Result<Loaded> loaded = fail("not loaded");
  std::jthread([&] {
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 5);
    loaded = load_object(others, options);
  }).join();
  return loaded;
}

// As long as it lives; a thread that is started meanwhile never takes a signal.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// Every 64th run is timed.
std::uint64_t program_ns(int costs_fd) {
  std::vector<ls_cost> row(static_cast<std::size_t>(libbpf_num_possible_cpus()));
  const std::uint32_t program = LS_PROG_TASK;
  bpf_map_lookup_elem(costs_fd, &program, row.data());
  std::uint64_t ns = 0, hits = 0;
  for (const ls_cost& c : row) ns += c.timed_ns, hits += c.timed_hits;
  return hits ? ns / hits : 0;
}

}  // namespace

// ---- how much of a loop's time is covered ----

// The open iteration's part of busy time counts; what is being added meanwhile shows at the next reading.
TaskCoverage CoverageMeter::at(const ls_slot& slot, std::uint64_t now_ns) {
  const std::uint64_t since = slot.busy_since;
  return {now_ns, slot.iterations, slot.busy_ns + (since && now_ns > since ? now_ns - since : 0)};
}

void CoverageMeter::begin(const ls_slot& slot, std::uint64_t now_ns) {
  if (!std::exchange(open_, true)) start_ = at(slot, now_ns);
}

void CoverageMeter::begin_new(std::uint64_t opened_ns) {
  if (!std::exchange(open_, true)) start_ = {opened_ns, 0, 0};
}

void CoverageMeter::end(const ls_slot& slot, std::uint64_t now_ns) {
  done_ = read(slot, now_ns);
  open_ = false;
}

TaskCoverage CoverageMeter::read(const ls_slot& slot, std::uint64_t now_ns) const {
  TaskCoverage sum = done_;
  if (!open_) return sum;
  const TaskCoverage now = at(slot, now_ns);
  sum.measured_ns += now.measured_ns - start_.measured_ns;
  sum.iterations += now.iterations - start_.iterations;
  sum.busy_ns += now.busy_ns > start_.busy_ns ? now.busy_ns - start_.busy_ns : 0;
  return sum;
}

// ---- windows ----

Result<> Tasks::load(const Objects& others) {
  if (object_) return {};
  if (!options_.tasks) refused_ = "switched off";
  if (!refused_.empty()) return cannot_measure(refused_);
  auto loaded = load_niced(others, options_);
  if (!loaded) {
    refused_ = first_line(loaded.error().message);
    return tl::unexpected(loaded.error());
  }
  object_ = std::move(loaded->object);
  trap_ns_ = loaded->trap_ns;
  return {};
}

Result<Tasks::Process*> Tasks::process(int pid, const TaskPlan& plan) {
  const auto found = processes_.find(pid);
  if (found != processes_.end() && found->second.plan == plan) return &found->second;
  forget(pid);
  std::uint32_t index = 0;
  while (index < LS_MAX_TASK_PLANS && object_->plans[index].tgid) ++index;
  if (index == LS_MAX_TASK_PLANS)
    return cannot_measure(fmt::format("tasks of {} processes are counted at most", LS_MAX_TASK_PLANS));
  fill_plan(object_->plans[index], pid, plan);
  return &(processes_[pid] = Process{index, plan, {}});
}

Result<> Tasks::attach(Process& process, int pid) {
  for (const ProbeSite& site : process.plan.sites) {
    auto probe = object_->attach(site, pid, process.index);
    if (!probe) {
      take_out(std::exchange(process.probes, {}));
      return tl::unexpected(probe.error());
    }
    process.probes.push_back(std::move(*probe));
  }
  return {};
}

// The kernel side counts nothing while generation is even, so all probes begin and end at one instant.
void Tasks::set_open(const Process& process, bool open) {
  ls_task_plan& plan = object_->plans[process.index];
  if ((plan.generation & 1U) == (open ? 1U : 0U)) return;
  plan.opened_at = monotonic_ns();
  std::atomic_ref(plan.generation).fetch_add(1, std::memory_order_seq_cst);
}

Result<> Tasks::begin(int pid, const TaskPlan& plan, const Objects& others) {
  if (auto ready = load(others); !ready) return ready;
  auto found = process(pid, plan);
  if (!found) return tl::unexpected(found.error());
  if (!(*found)->probes.empty()) return {};
  if (auto attached = attach(**found, pid); !attached) return attached;
  set_open(**found, true);
  return {};
}

void Tasks::end(int pid) {
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return;
  set_open(found->second, false);
  take_out(std::exchange(found->second.probes, {}));
}

void Tasks::forget(int pid) {
  end(pid);
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return;
  object_->plans[found->second.index].tgid = 0;
  processes_.erase(found);
}

void Tasks::stop() {
  for (const auto& [pid, process] : processes_) set_open(process, false);
}

bool Tasks::in_window(int pid) const {
  const auto found = processes_.find(pid);
  return found != processes_.end() && !found->second.probes.empty();
}

bool Tasks::in_window_since(int pid, std::uint64_t then_ns) const {
  const auto found = processes_.find(pid);
  return in_window(pid) && object_->plans[found->second.index].opened_at <= then_ns;
}

// The kernel takes 50 to 110 ms to take out a probe, most of it waiting: all at once, and not here. The first
// of these threads start before the measuring one has blocked its signals; one that takes a Ctrl-C would end us.
void Tasks::take_out(Uprobe probe) {
  leaving_.remove_if([](const std::future<void>& f) { return f.wait_for(0s) == std::future_status::ready; });
  const SignalsBlocked blocked;
  leaving_.push_back(std::async(std::launch::async, [probe = std::move(probe)]() mutable { probe = {}; }));
}

void Tasks::take_out(std::vector<Uprobe> probes) {
  for (Uprobe& probe : probes) take_out(std::move(probe));
}

// All at once here as well, not one after the other.
Tasks::~Tasks() {
  for (auto& [pid, process] : processes_) take_out(std::move(process.probes));
}

Capture::TaskCost Tasks::cost(int pid, int costs_fd) const {
  Capture::TaskCost cost{trap_ns_, program_ns(costs_fd), 0, 0, object_ && object_->kind == UprobeKind::Perf};
  const auto found = processes_.find(pid);
  if (found == processes_.end()) return cost;
  const ls_task_plan& plan = object_->plans[found->second.index];
  cost.hits = plan.hits;
  cost.opened_ns = plan.opened_at;
  return cost;
}

}  // namespace loopstall
