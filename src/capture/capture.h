// The only room that sees libbpf. It loads the probes, attaches them, and turns the kernel's records and counters
// into model events.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/event.h"
#include "model/raw_sample.h"
#include "model/raw_task.h"
#include "model/task_plan.h"
#include "model/waited.h"

namespace loopstall {

struct CaptureOptions {
  std::uint64_t threshold_ns = 10'000'000;
  bool follow = true;
  bool trace_iterations = false;                 // test only: stream every iteration
  std::uint64_t evidence_after_ns = 10'000'000;  // iterations this old are looked at; 0: none
  bool tasks = true;                             // load the tier tasks, if the kernel and this user can
  bool queue_delay = true;                       // how long sockets wait to be read, where the kernel has the hooks
  bool requests = false;                         // what the requests were that loops read, by name; the same
  std::uint32_t loops = 128;                     // room for so many at a time, at most that
};

// What capture sees of processes and threads; who they are is for target/ to find out. pids as in this
// process's pid namespace.
struct Observer {
  virtual ~Observer() = default;
  virtual void on(const Event& event) = 0;
  // members: descriptors that the loop waits for, empty for epoll and io_uring (read them from /proc).
  virtual void on_loop(LoopId loop, int pid, int tid, Wait wait, int wait_fd, const std::vector<Waited>& members) = 0;
  virtual void on_fork(int parent, int child, std::uint64_t at_ns) = 0;
  virtual void on_exec(int pid, std::uint64_t at_ns) = 0;
  virtual void on_exit(int pid, std::uint64_t at_ns) = 0;
  // A look at a loop thread. A stall's come before its StallSeen or in the same drain.
  virtual void on_sample(RawSample sample) = 0;
  // An iteration that is old enough to be a stall and still going on, and the look at the sleep that it is in, if any.
  virtual void on_ongoing(Stall stall, std::optional<RawSample> asleep) = 0;
  // A task that was not seen before. Comes before the first TaskSample with its number.
  virtual void on_task(const RawTask& task) = 0;
  // A long step of a task whose handlers are wanted, or that want_handlers() was not called for yet. Its looks came
  // before it or come in the same drain.
  virtual void on_step(const RawStep& step) = 0;
  // Test only; start_ns and end_ns of an iteration, runqueue_ns in it.
  virtual void on_iteration(LoopId loop, std::uint64_t start_ns, std::uint64_t end_ns, std::uint64_t runqueue_ns) = 0;
};

// What the kernel side must know of a loop's runtime; runtimes/runtime.h says why.
struct KernelTraits {
  bool zero_then_blocking_is_one_wait = false;
  bool futex_sleep_ends_iteration = false;
  bool reads_ahead_of_the_work = false;
  bool reenters = false;
  std::uint32_t wait_frame_bytes = 0;
};

// Where a process' CPython keeps its frames: struct ls_python (probes/python.h) has the same members and says more.
struct PythonMap {
  std::uint64_t interpreters = 0, code_type = 0, gil = 0;
  std::uint32_t interp_next = 0, interp_threads = 0, interp_gil = 0;
  std::uint32_t thread_next = 0, thread_interp = 0, thread_id = 0, thread_native_id = 0, thread_frame = 0;
  std::uint32_t has_cframe = 0, cframe_frame = 0;
  std::uint32_t frame_begin = 0, frame_bytes = 0, frame_previous = 0, frame_code = 0, frame_instr = 0, frame_owner = 0;
  std::uint32_t owner_shim = 0, lasti_unit = 0;
  std::uint32_t code_bytes = 0, code_filename = 0, code_name = 0, code_linetable = 0, code_first_line = 0;
  std::uint32_t code_start = 0;
};

class Capture {
 public:
  // Loads and attaches everything; costs nothing to other processes but the tracepoints' own cost.
  static Result<Capture> open(const CaptureOptions& options);
  Capture(Capture&&) noexcept;
  Capture& operator=(Capture&&) noexcept;
  ~Capture();

  Result<> add_process(int pid, std::uint32_t wait_frame_bytes = 0);  // of its runtime, as far as that is known
  // What this process forks from now on is watched; its own threads are not measured.
  Result<> follow_children_of(int pid);
  // Picks up the threads that are in a loop wait right now. After one or more add_process.
  Result<> seed_threads();

  // Kernel-side traits and state of a loop.
  void set_traits(LoopId loop, const KernelTraits& traits);
  void set_confirmed(LoopId loop);  // stops the kernel from reporting its descriptors
  // This thread runs the loop of that epoll instance, and has been inside one iteration since before we attached.
  // False: the kernel side has seen it wait since. True: the next drain tells of the loop.
  bool presume_loop(int tid, int epoll_fd);

  // Why there are no looks at stalls; empty: there are.
  const std::string& no_evidence() const;
  // Why queue delay is not measured; empty: it is.
  const std::string& no_queue_delay() const;
  // Why requests are not told by name; empty: they are.
  const std::string& no_requests() const;
  // From now on the looks at this process' threads have Python frames.
  Result<> set_python(int pid, const PythonMap& python);
  // No call of the loop's thread stands higher on its stack: looks need not copy more.
  void set_stack_end(LoopId loop, std::uint64_t address);
  void forget_python(int pid);  // it runs another program

  // Why task steps can not be counted on this kernel, or by this user; empty: they can.
  const std::string& no_tasks() const;
  // Puts the probes in place: this process' task steps are counted from now on. A window ends with end_tasks(), which
  // takes the probes out again (what is counted is kept); both may be called again and again.
  Result<> begin_tasks(int pid, const TaskPlan& plan);
  void end_tasks(int pid);
  void want_handlers(TaskId task, bool wanted);
  // What counting one step costs the target: the trap, measured on a function of our own when the tier was loaded, and
  // the program, measured while it runs. And how many probes this process hit so far (all windows).
  struct TaskCost {
    std::uint64_t trap_ns = 0;
    std::uint64_t program_ns = 0;
    std::uint64_t hits = 0;
    std::uint64_t opened_ns = 0;
    bool end_is_felt = false;  // threads of the target wait while probes are taken out, see capture/uprobe.h
  };
  TaskCost task_cost(int pid) const;
  // Does the kernel know probes that take no CAP_SYS_ADMIN? From its type information.
  static bool has_uprobe_multi();

  int fd() const;                  // readable when records wait
  void drain(Observer& observer);  // records -> events
  // A drain, then counters -> LoopSample, QueueSample, TaskSample, TaskCoverageRead, RequestSample, ReadingEnded.
  void read(Observer& observer);
  void snapshot(Observer& observer);  // the same, CostRead, LostRead, and waits of unconfirmed loops
  void report_ongoing(Observer& observer);
  // The last drain and snapshot, with idle time and stalls still going on (ongoing). What the kernel counts after it is
  // outside the session; detaching waits for RCU grace periods (about 50 ms a tracepoint) and is left to the
  // destructor.
  void finish(Observer& observer);

 private:
  struct Impl;
  explicit Capture(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// One line of doctor's report about the kernel and this user.
struct Probe {
  std::string name;  // "BPF program type tp_btf"
  bool ok = false;
  bool required = false;
  std::string detail;  // what was seen; when not ok, the next step
};
constexpr std::string_view kLooksAtStalls = "looks at stalls";  // the line that tells the tier: stacks or iterations
std::vector<Probe> probe_platform();

}  // namespace loopstall
