// Sessions made up from iterations, through the same events that a capture sends: counters, histograms and stalls
// agree with each other as they do in a real session. Integer arithmetic only, so that golden files hold everywhere.
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "base/units.h"
#include "model/session.h"
#include "model/summary.h"

namespace loopstall::story {

constexpr std::uint64_t us = kMicrosecond, ms = kMillisecond, s = kSecond;
constexpr std::uint64_t kStart = 5'000 * s;  // CLOCK_MONOTONIC

struct Iteration {
  std::uint64_t busy = 0, blocked = 0, runqueue = 0, unbooked = 0;
  unsigned user_percent = 80;  // of the clock samples, of which there is one per ms of CPU
};

inline Session session(std::string target, std::uint64_t duration = 10 * s) {
  Session session;
  session.info = {.version = "0.1.0",
                  .kernel = "6.1.0-18-amd64",
                  .machine = "x86_64",
                  .target = std::move(target),
                  .start_realtime_ns = 1'772'366'400'123'456'789,  // 2026-03-01 12:00:00 UTC
                  .start_ns = kStart,
                  .duration_ns = duration,
                  .threshold_ns = 10 * ms};
  apply(session, CostRead{{.bpf_hits = 123'456,
                           .bpf_run_ns = 50'863'872,
                           .bpf_timed_hits = 1'929,
                           .collector_cpu_ns = 31 * ms,
                           .collector_rss_bytes = 18'200'000,
                           .map_bytes = 3'100'000}});
  return session;
}

inline Split split_of(const Iteration& i) {
  Split split{
      .cpu_ns = i.busy - i.blocked - i.runqueue - i.unbooked, .blocked_ns = i.blocked, .runqueue_ns = i.runqueue};
  const std::uint64_t samples = split.cpu_ns / ms;
  split.user_samples = samples * i.user_percent / 100;
  split.kernel_samples = samples - split.user_samples;
  return split;
}

inline LoopSample sample_of(LoopId loop, std::uint64_t at) {
  LoopSample sample;
  sample.loop = loop;
  sample.at_ns = at;
  return sample;
}

class LoopStory {
 public:
  LoopStory(Session& session, int pid, int tid, std::string comm, Wait wait = Wait::EpollWait, std::string runtime = "",
            std::uint64_t seen = kStart)
      : session_(session), id_{static_cast<std::uint32_t>(session.loops.size())}, pid_(pid), tid_(tid), now_(seen) {
    apply(session, LoopOpened{id_, pid, tid, seen, std::move(comm), wait, std::move(runtime)});
    apply(session, LoopConfirmed{id_, true, ""});
  }

  LoopId id() const { return id_; }

  // One reading: these iterations and, spread among them, idle time; then `took` has passed.
  LoopStory& reading(const std::vector<Iteration>& iterations, std::uint64_t took = s) {
    const std::uint64_t busy = std::accumulate(iterations.begin(), iterations.end(), std::uint64_t{0},
                                               [](std::uint64_t sum, const Iteration& i) { return sum + i.busy; });
    const std::uint64_t idle = took > busy ? took - busy : 0;
    LoopSample sample = sample_of(id_, now_ + took);
    sample.delta.idle_ns = idle;
    Histogram own, all;
    for (const Iteration& i : iterations) count(i, idle / iterations.size(), sample.delta, all, own);
    sample.busy = all.buckets();
    sample.own = own.buckets();
    set_extremes(sample);
    apply(session_, sample);
    now_ = sample.at_ns;
    return *this;
  }

  LoopStory& discard(std::uint64_t count) {
    LoopSample sample = sample_of(id_, now_);
    sample.delta.discarded = count;
    apply(session_, sample);
    return *this;
  }

 private:
  void count(const Iteration& i, std::uint64_t pause, LoopCounters& delta, Histogram& busy, Histogram& own) {
    at_ += pause;
    const Split split = split_of(i);
    ++delta.iterations;
    delta.busy_ns += i.busy;
    delta.events += 1 + delta.iterations % 3;
    delta.split += split;
    busy.record(i.busy);
    own.record(i.busy - i.runqueue);
    extremes_.record(i.busy);
    own_extremes_.record(i.busy - i.runqueue);
    ++iteration_;
    if (i.busy >= session_.info.threshold_ns) {
      ++delta.stalls;
      apply(session_, StallSeen{{.loop = id_,
                                 .pid = pid_,
                                 .tid = tid_,
                                 .iteration = iteration_,
                                 .start_ns = now_ + at_,
                                 .busy_ns = i.busy,
                                 .split = split}});
    }
    at_ += i.busy;
    if (at_ > s) at_ = 0;
  }

  void set_extremes(LoopSample& sample) const {
    sample.busy_min_ns = extremes_.min_ns();
    sample.busy_max_ns = extremes_.max_ns();
    sample.own_min_ns = own_extremes_.min_ns();
    sample.own_max_ns = own_extremes_.max_ns();
  }

  Session& session_;
  LoopId id_;
  int pid_, tid_;
  std::uint64_t now_, at_ = 0, iteration_ = 0;
  Histogram extremes_, own_extremes_;
};

// A healthy server's iterations: between 30 us and 500 us, a few up to 4 ms.
inline std::vector<Iteration> traffic(unsigned count, std::uint32_t seed) {
  std::vector<Iteration> iterations;
  std::uint64_t random = seed;
  for (unsigned i = 0; i < count; ++i) {
    random = random * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
    const std::uint64_t spread = 30 * us << (random >> 62);
    std::uint64_t busy = spread + (random >> 20) % spread;
    if (i % 97 == 96) busy *= 8;
    iterations.push_back({.busy = busy, .runqueue = busy / 40});
  }
  return iterations;
}

inline std::vector<Iteration> operator+(std::vector<Iteration> a, const std::vector<Iteration>& b) {
  a.insert(a.begin() + static_cast<std::ptrdiff_t>(a.size() / 2), b.begin(), b.end());
  return a;
}

}  // namespace loopstall::story
