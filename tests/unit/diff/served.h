// Sessions of a made-up server: tasks with log-normal hold times, read five times a second.
#pragma once

#include <cmath>
#include <random>
#include <string>

#include "base/units.h"
#include "model/session.h"
#include "model/summary.h"
#include "probes/buckets.h"

namespace loopstall::test {

struct Work {
  std::string name;
  double median_ms = 1;
  unsigned per_reading = 4;
  double spread = 0.15;
  std::string file = "/srv/app.py";
  std::uint32_t line = 10;
  double queued_ms = 0;  // run-queue delay in each step
};

class Served {
 public:
  explicit Served(std::uint32_t seed, std::string comm = "uvicorn", std::string runtime = "CPython 3.11.2, asyncio")
      : random_(seed) {
    session.info = {"0.1.0", "6.1.0", "x86_64", "uvicorn", 1'700'000'000 * kSecond, kSecond, 0, 10 * kMillisecond};
    apply(session, LoopOpened{{0}, 7, 7, kSecond, std::move(comm), Wait::EpollWait, std::move(runtime)});
    apply(session, LoopConfirmed{{0}, true, ""});
  }

  Served& readings(unsigned n, const std::vector<Work>& works) {
    for (unsigned i = 0; i < n; ++i) read(works);
    return *this;
  }

  // One step that held the loop for very long.
  Served& outlier(std::uint32_t task, std::uint64_t ns) {
    take(task, ns, 0);
    return *this;
  }

  // As many reads after such a wait, behind the first task.
  Served& waits(std::uint64_t ns, std::uint64_t reads) {
    apply(session, QueueSample{.loop = {0},
                               .delta = {.waited_ns = ns * reads},
                               .delay = {{ls_bucket(ns), reads, ns * reads}},
                               .accept = {},
                               .delay_min_ns = ns,
                               .delay_max_ns = ns});
    apply(session, TaskSample{.task = {0}, .delta = {.split = {}, .blame = {ns * reads, ns, reads}}, .hold = {}});
    return *this;
  }

  // Of a name that was not asked for before. 0 ns: not known for how long.
  Served& asks(const RequestName& name, std::uint64_t count, std::uint64_t held_ns) {
    const auto id = static_cast<std::uint32_t>(session.requests.size());
    std::vector<BucketDelta> hold;
    if (held_ns) hold = {{ls_bucket(held_ns), count, held_ns * count}};
    apply(session, RequestSeen{{id}, {0}, name});
    apply(session, RequestSample{{id}, count, hold, held_ns, held_ns});
    apply(session, RequestReadsCounted{{0}, 0, 0});
    return *this;
  }

  Summary summary() const { return summarize(session); }

  Session session;

 private:
  void read(const std::vector<Work>& works) {
    for (std::uint32_t task = 0; task < works.size(); ++task) {
      const Work& work = works[task];
      if (session.tasks.size() <= task)
        apply(session, TaskSeen{{task}, {0}, TaskKind::Task, {work.name, work.file, work.line}, FrameRole::User});
      std::lognormal_distribution<double> ms(std::log(work.median_ms), work.spread);
      const auto queued = static_cast<std::uint64_t>(work.queued_ms * 1e6);
      for (unsigned k = 0; k < work.per_reading; ++k)
        take(task, static_cast<std::uint64_t>(ms(random_) * 1e6) + queued, queued);
    }
    ++reading_;
    const std::uint64_t at = kSecond + reading_ * kShortestBlockNs;
    session.info.duration_ns = at - kSecond;
    apply(session, TaskCoverageRead{{0}, {at - kSecond, reading_, session.loops[0].total.busy_ns}});
    apply(session, ReadingEnded{at});
  }

  // An iteration that is this step alone.
  void take(std::uint32_t task, std::uint64_t hold, std::uint64_t queued) {
    LoopSample sample;
    sample.at_ns = kSecond + reading_ * kShortestBlockNs;
    sample.delta.iterations = 1;
    sample.delta.busy_ns = hold;
    sample.delta.idle_ns = hold;
    sample.delta.split.runqueue_ns = queued;
    sample.busy = {{ls_bucket(hold), 1, hold}};
    sample.own = {{ls_bucket(hold - queued), 1, hold - queued}};
    apply(session, sample);
    TaskSample step{.task = {task}, .delta = {}, .hold = {{ls_bucket(hold) & ~1U, 1, hold}}, .min_ns = 0, .max_ns = 0};
    step.delta = {.steps = 1, .hold_ns = hold, .stalls = 0, .split = {}};
    step.delta.split.runqueue_ns = queued;
    apply(session, step);
  }

  std::mt19937 random_;
  std::uint64_t reading_ = 0;
};

}  // namespace loopstall::test
