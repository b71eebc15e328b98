// Sessions as `check` sees them: a loop's iterations and stalls with their evidence, and task steps, in blocks of time.
#pragma once

#include <string>
#include <vector>

#include "base/units.h"
#include "check/measured.h"
#include "model/session.h"
#include "stacks.h"

namespace loopstall::check::scene {

constexpr std::uint64_t us = kMicrosecond, ms = kMillisecond;
constexpr std::uint64_t kStart = 5'000 * kSecond, kBlock = 200 * ms;

struct Length {
  std::uint64_t busy = 0, blocked = 0, runqueue = 0, unbooked = 0;
  std::uint64_t samples = 0;  // of the thread's clock
};

inline Cause asleep_in(CauseKind kind, std::string syscall) { return {.kind = kind, .syscall = std::move(syscall)}; }
inline Cause computing() { return {.kind = CauseKind::Cpu}; }

class Scene {
 public:
  explicit Scene(std::uint64_t evidence_ns = 2 * ms) {
    session_.info = {.version = "0.1.0", .kernel = "6.1.0", .machine = "x86_64", .target = ":8000"};
    session_.info.start_ns = kStart;
    session_.info.threshold_ns = evidence_ns;
    apply(session_, LoopOpened{loop_, 4711, 4711, kStart, "uvicorn", Wait::EpollWait, "CPython 3.11.2"});
    apply(session_, LoopConfirmed{loop_, true, ""});
  }

  // Iterations of the next block, and then that block ends.
  Scene& block(std::size_t count, const Length& length, std::uint64_t idle_ns = 100 * ms) {
    for (std::size_t i = 0; i < count; ++i) add(length);
    sample_.delta.idle_ns = idle_ns;
    return end_block();
  }

  // One in the block that is open.
  Scene& add(const Length& length) {
    ++sample_.delta.iterations;
    sample_.delta.busy_ns += length.busy;
    sample_.delta.split += split_of(length);
    busy_.record(length.busy);
    own_.record(length.busy - length.runqueue);
    return *this;
  }

  Scene& stall(const Length& length, const Cause& cause, const std::string& function, std::uint32_t line = 42) {
    add(length);
    ++sample_.delta.stalls;
    const Stall stall{.loop = loop_,
                      .pid = 4711,
                      .tid = 4711,
                      .iteration = ++stalls_,
                      .start_ns = now_ + stalls_,
                      .busy_ns = length.busy,
                      .split = split_of(length)};
    apply(session_, StallSeen{stall});
    if (!function.empty()) apply(session_, evidence_of(stall, cause, function, line));
    return *this;
  }

  Scene& steps(const std::string& task, std::size_t count, std::uint64_t hold, std::uint64_t runqueue = 0) {
    const TaskId id = task_of(task);
    Histogram h;
    for (std::size_t i = 0; i < count; ++i) h.record(hold);
    TaskSample sample;
    sample.task = id;
    sample.delta.steps = count;
    sample.delta.hold_ns = count * hold;
    sample.delta.split = {.cpu_ns = count * (hold - runqueue), .runqueue_ns = count * runqueue};
    sample.hold = h.buckets();
    sample.min_ns = sample.max_ns = hold;
    apply(session_, sample);
    return *this;
  }

  // Each of them alone in its read, if there are such; else they are only counted.
  Scene& requests(const RequestName& name, std::uint64_t count, std::uint64_t hold = 0) {
    const RequestId id{static_cast<std::uint32_t>(session_.requests.size())};
    Histogram h;
    for (std::size_t i = 0; hold && i < count; ++i) h.record(hold);
    apply(session_, RequestSeen{id, loop_, name});
    apply(session_, RequestSample{id, count, h.buckets(), hold, hold});
    return reads(0, 0);
  }

  Scene& reads(std::uint64_t encrypted, std::uint64_t not_told) {
    apply(session_, RequestReadsCounted{loop_, encrypted, not_told});
    return *this;
  }

  Scene& end_block() {
    now_ += kBlock;
    sample_.loop = loop_;
    sample_.at_ns = now_;
    sample_.busy = busy_.buckets();
    sample_.own = own_.buckets();
    busy_extremes_ += busy_;
    own_extremes_ += own_;
    sample_.busy_min_ns = busy_extremes_.min_ns(), sample_.busy_max_ns = busy_extremes_.max_ns();
    sample_.own_min_ns = own_extremes_.min_ns(), sample_.own_max_ns = own_extremes_.max_ns();
    apply(session_, sample_);
    apply(session_, ReadingEnded{now_});
    session_.info.duration_ns = now_ - kStart;
    sample_ = {};
    busy_ = own_ = {};
    return *this;
  }

  Session& session() { return session_; }

 private:
  static Split split_of(const Length& length) {
    return {.cpu_ns = length.busy - length.blocked - length.runqueue - length.unbooked,
            .blocked_ns = length.blocked,
            .runqueue_ns = length.runqueue,
            .user_samples = length.samples};
  }

  static EvidenceFound evidence_of(const Stall& stall, const Cause& cause, const std::string& function,
                                   std::uint32_t line) {
    using namespace stacks;
    const std::uint64_t own = stall.busy_ns - stall.split.runqueue_ns;
    const Stack stack = Stack{app(function, line)} + asyncio();
    const bool slept = cause.kind != CauseKind::Cpu;
    const EvidenceSample look = slept ? asleep(cause, stack, own) : stacks::computing(stack, own);
    return {.loop = stall.loop,
            .iteration = stall.iteration,
            .start_ns = stall.start_ns,
            .busy_ns = stall.busy_ns,
            .evidence = evidence({look}, stall.split, stall.busy_ns)};
  }

  TaskId task_of(const std::string& name) {
    for (const Task& task : session_.tasks)
      if (task.source.name == name) return task.id;
    const TaskId id{static_cast<std::uint32_t>(session_.tasks.size())};
    apply(session_, TaskSeen{id, loop_, TaskKind::Task, {name, "/srv/shop/app.py", 10}, FrameRole::User});
    return id;
  }

  Session session_;
  LoopId loop_{0};
  LoopSample sample_;
  Histogram busy_, own_, busy_extremes_, own_extremes_;
  std::uint64_t now_ = kStart, stalls_ = 0;
};

// Fifty quiet blocks with a task of 3 ms.
inline Scene quiet(std::uint64_t task_ns = 3 * ms) {
  Scene scene;
  for (int i = 0; i < 50; ++i) {
    for (int k = 0; k < 5; ++k) scene.stall({.busy = task_ns + 50 * us}, computing(), "report_page");
    scene.steps("report_page", 5, task_ns).steps("other_page", 20, 200 * us);
    scene.block(20, {.busy = 200 * us + static_cast<std::uint64_t>(i) * us});
  }
  return scene;
}

inline Measured measured(Scene& scene, std::uint64_t threshold_ns = 10 * ms) {
  return measure({scene.session()}, threshold_ns, {});
}

}  // namespace loopstall::check::scene
