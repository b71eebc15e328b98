// A session with task steps: coroutines of the user's and of a library's, handlers known and estimated, callbacks,
// timers, what there was no room for, hostile names; on a second loop only part of the time.
#include "cases.h"
#include "story.h"

namespace loopstall {
namespace {

using namespace story;

const std::string kSite = "/usr/lib/python3/dist-packages/", kRuntime = "CPython 3.11.2, uvloop";

using Steps = std::vector<std::uint64_t>;

Steps times(unsigned count, std::uint32_t seed, std::uint64_t factor = 1) {
  Steps steps;
  for (const Iteration& i : traffic(count, seed)) steps.push_back(i.busy / 8 * factor);
  return steps;
}

Split split_of_step(std::uint64_t ns) { return {.cpu_ns = ns / 5, .blocked_ns = ns / 4 * 3, .runqueue_ns = ns / 100}; }

// The kernel side's buckets are twice as wide as a loop's.
std::vector<BucketDelta> wide(const Steps& steps) {
  Histogram fine, wide;
  for (std::uint64_t ns : steps) fine.record(ns);
  for (const BucketDelta& b : fine.buckets()) wide.add({b.bucket & ~1U, b.count, b.sum_ns});
  return wide.buckets();
}

class TaskStory {
 public:
  TaskStory(Session& session, LoopId loop) : session_(session), loop_(loop) {}

  void add(TaskKind kind, const SourceName& source, const Steps& steps, FrameRole role = FrameRole::User) {
    id_.value = static_cast<std::uint32_t>(session_.tasks.size());
    apply(session_, TaskSeen{id_, loop_, kind, source, role});
    TaskSample sample{.task = id_, .delta = {}, .hold = wide(steps), .min_ns = UINT64_MAX};
    for (std::uint64_t ns : steps) count(sample, ns);
    apply(session_, sample);
  }

  // Of the task that was added last.
  void handle(const SourceName& handler, const Steps& steps, std::size_t estimated = 0) {
    for (std::size_t i = 0; i < steps.size(); ++i)
      apply(session_, StepHandled{.task = id_,
                                  .handler = handler,
                                  .estimated = i < estimated,
                                  .hold_ns = steps[i],
                                  .split = split_of_step(steps[i]),
                                  .stall = steps[i] >= session_.info.threshold_ns});
  }

  // One step an iteration.
  std::vector<Iteration> iterations() const {
    std::vector<Iteration> all;
    for (std::uint64_t ns : steps_) all.push_back({.busy = ns + 9 * us, .blocked = ns / 4 * 3, .runqueue = ns / 100});
    return all;
  }

  void cover(std::uint64_t ns) {
    TaskCoverage coverage{.measured_ns = ns, .iterations = steps_.size()};
    for (const Iteration& i : iterations()) coverage.busy_ns += i.busy;
    apply(session_, TaskCoverageRead{loop_, coverage});
  }

 private:
  void count(TaskSample& sample, std::uint64_t ns) {
    sample.delta +=
        {.steps = 1, .hold_ns = ns, .stalls = ns >= session_.info.threshold_ns ? 1U : 0U, .split = split_of_step(ns)};
    sample.min_ns = std::min(sample.min_ns, ns);
    sample.max_ns = std::max(sample.max_ns, ns);
    steps_.push_back(ns);
  }

  Session& session_;
  LoopId loop_;
  TaskId id_;
  Steps steps_;
};

void add_requests(TaskStory& tasks) {
  const Steps report = {120 * ms, 118 * ms, 121 * ms}, search = {4 * ms, 3'100 * us, 2'700 * us, 9 * ms};
  Steps all = times(900, 1);
  all.insert(all.end(), report.begin(), report.end());
  all.insert(all.end(), search.begin(), search.end());
  tasks.add(TaskKind::Task, {"RequestResponseCycle.run_asgi", kSite + "uvicorn/protocols/http/httptools_impl.py", 399},
            all, FrameRole::Library);
  tasks.handle({"report", "/srv/shop/routes/api.py", 41}, report);
  tasks.handle({"search_the_whole_catalogue", "/srv/shop/routes/catalogue.py", 7}, search, 3);
}

void add_hostile(TaskStory& tasks) {
  const std::string clear = "\033[2J\033]0;owned\007";
  tasks.add(TaskKind::Callback, {clear + "bad\xff", clear + "/x.py", 4'000'000'000}, times(40, 3));
  tasks.add(TaskKind::Callback, {std::string(300, 'x'), std::string(300, '/'), 1}, times(30, 4), FrameRole::Library);
  tasks.handle({"日本語ハンドラー長い名前です\n<script>", std::string(300, 'y') + ".py", 2}, {times(30, 4)[0]}, 1);
  tasks.add(TaskKind::Callback, {}, times(20, 5));
}

void add_small(TaskStory& tasks) {
  for (unsigned i = 0; i < 12; ++i)
    tasks.add(TaskKind::Task, {"watch_" + std::to_string(i), "/srv/shop/watch.py", 10 + i}, times(3 + i, 20 + i));
}

}  // namespace

Session session_with_tasks() {
  Session session = story::session("uvicorn");
  apply(session, ProcessSeen{4711, 0, kStart, "uvicorn", "uvicorn shop:app --workers 2", kRuntime});
  apply(session, ProcessSeen{4712, 4711, kStart, "uvicorn", "uvicorn shop:app --workers 2", kRuntime});
  LoopStory first(session, 4711, 4711, "uvicorn", Wait::EpollWait, kRuntime);
  LoopStory second(session, 4712, 4712, "uvicorn", Wait::EpollWait, kRuntime);
  apply(session, TierReached{first.id(), Tier::Tasks, ""});
  apply(session, TierReached{second.id(), Tier::Tasks, "task steps cost 3.1 % of the thread: measured in windows"});
  TaskStory tasks(session, first.id());
  add_requests(tasks);
  tasks.add(TaskKind::Task, {"import_orders", "/srv/shop/jobs.py", 57}, times(100, 2, 16));
  tasks.add(TaskKind::Timer, {"Cache.expire", "/srv/shop/cache.py", 80}, times(10, 6, 4));
  tasks.add(TaskKind::Signal, {"_wakeup", "", 0}, {15 * us});
  tasks.add(TaskKind::Callback, {"HttpToolsProtocol.data_received", "", 0}, times(450, 7), FrameRole::Library);
  tasks.add(TaskKind::Other, {"(other tasks)", "", 0}, times(60, 8));
  add_hostile(tasks);
  add_small(tasks);
  tasks.cover(10 * s);
  TaskStory windows(session, second.id());
  windows.add(TaskKind::Task, {"import_orders", "/srv/shop/jobs.py", 57}, times(40, 9, 16));
  windows.cover(3 * s);
  first.reading(tasks.iterations());
  second.reading(windows.iterations() + traffic(500, 10));
  return session;
}

}  // namespace loopstall
