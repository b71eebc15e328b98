#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "base/clock.h"
#include "base/units.h"
#include "session/measurement.h"

namespace loopstall {
namespace {

// A storm of records is drained a hundred times a second, not once for each record: that is what keeps our own CPU
// time low. The ring holds far more than comes in 10 ms.
constexpr std::uint64_t kBetweenDrainsNs = 10 * kMillisecond;
// How often it is looked which stalls are going on: soon enough to be told of within a second.
constexpr std::uint64_t kBetweenGlancesNs = 250 * kMillisecond;
static_assert(kFirstLookNs < kShortestBlockNs, "what a reading counts as a loop's idle time is not taken back");

void sleep_for_any(std::vector<pollfd>& sources, std::uint64_t deadline_ns) {
  const std::uint64_t now = monotonic_ns();
  const std::uint64_t left = deadline_ns > now ? deadline_ns - now : 0;
  const timespec timeout{static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
  ppoll(sources.data(), sources.size(), &timeout, nullptr);
}

}  // namespace

Measurement::End Measurement::run(const Surroundings& around) {
  if (options_.duration_ns) end_ns_ = session_.info.start_ns + *options_.duration_ns;
  next_tick_ns_ = session_.info.start_ns + kSecond;
  plan_reading(session_.info.start_ns);
  next_glance_ns_ = session_.info.start_ns + kFirstLookNs;
  collector_.tell_stalls(around.stalls);
  around.display.measure(session_, monotonic_ns());
  around.display.draw(session_);
  while (!time_is_up() && !targets_are_gone(around)) {
    sleep(around);
    take_signals(around);
    notice_ends();
    if (monotonic_ns() >= next_glance_ns_) glance(around);
    if (monotonic_ns() >= next_tick_ns_) tick(around);
    if (monotonic_ns() >= next_reading_ns_) read();
    if (monotonic_ns() >= next_quotas_ns_) sample_quotas();
  }
  finish(around);
  return targets_are_gone(around) ? End::TargetsGone : End::Stopped;
}

// While a drain is not due yet the capture's descriptor is left out of the set, so that it can not wake us.
void Measurement::sleep(const Surroundings& around) {
  const bool may_drain = monotonic_ns() >= next_drain_ns_;
  std::vector<pollfd> sources = {{may_drain ? capture_.fd() : -1, POLLIN, 0},
                                 {around.signals.fd(), POLLIN, 0},
                                 {around.display.input_fd(), POLLIN, 0}};
  for (const Watched& process : watched_) sources.push_back({process.end.get(), POLLIN, 0});
  sleep_for_any(sources, std::min({next_tick_ns_, next_reading_ns_, next_glance_ns_, next_quotas_ns_, end_ns_,
                                   may_drain ? UINT64_MAX : next_drain_ns_}));
  for (std::size_t i = 0; i < watched_.size(); ++i) watched_[i].over = sources[i + 3].revents != 0;
  if (sources[0].revents) drain();
  if (sources[2].revents && !around.display.take_input(session_)) stopped_ = true;
}

void Measurement::drain() {
  capture_.drain(collector_);
  collector_.settle();
  next_drain_ns_ = monotonic_ns() + kBetweenDrainsNs;
}

void Measurement::take_signals(const Surroundings& around) {
  while (const auto signal = around.signals.next()) {
    if (around.command)
      around.command->pass_on(*signal);
    else
      stopped_ = true;
  }
}

// What a process did last is in the ring already: it comes before its end.
void Measurement::notice_ends() {
  const auto is_over = [](const Watched& process) { return process.over; };
  if (std::none_of(watched_.begin(), watched_.end(), is_over)) return;
  drain();
  for (const Watched& process : watched_)
    if (process.over && !spawners_.erase(process.pid)) collector_.on_exit(process.pid, monotonic_ns());
  std::erase_if(watched_, is_over);
}

void Measurement::tick(const Surroundings& around) {
  const std::uint64_t now = monotonic_ns();
  next_tick_ns_ = std::max(next_tick_ns_ + kSecond, now);
  drain();
  collector_.tick(now);
  capture_.snapshot(collector_);
  collector_.settle();
  plan_reading(now);
  look_for_stuck();
  if (around.recording) around.recording->flush(session_);
  around.display.measure(session_, now);
}

void Measurement::read() {
  capture_.read(collector_);
  collector_.settle();
  plan_reading(monotonic_ns());
}

// While blocks of time are shorter than a second (model/block.h), in a session's first 51 s, they are what needs the
// readings; a tick is one.
void Measurement::plan_reading(std::uint64_t now_ns) {
  next_reading_ns_ = session_.blocks.length_ns < kSecond ? now_ns + kShortestBlockNs : UINT64_MAX;
}

// Which stalls are going on.
void Measurement::glance(const Surroundings& around) {
  const std::uint64_t now = monotonic_ns();
  next_glance_ns_ = std::max(next_glance_ns_ + kBetweenGlancesNs, now);
  if (!std::exchange(looked_for_stuck_, true)) look_for_stuck();
  collector_.update_tasks(now);
  collector_.begin_ongoing();
  capture_.report_ongoing(collector_);
  around.display.draw(session_);
}

void Measurement::sample_quotas() {
  const std::uint64_t now = monotonic_ns();
  next_quotas_ns_ = now + (collector_.sample_quotas(now) ? 100 * kMillisecond : kSecond);
}

void Measurement::look_for_stuck() {
  collector_.look_for_stuck(monotonic_ns());
  drain();
}

bool Measurement::time_is_up() const { return stopped_ || monotonic_ns() >= end_ns_; }

bool Measurement::targets_are_gone(const Surroundings& around) const {
  const Processes& processes = collector_.processes();
  if (around.command) return !processes.is_alive(around.command->pid());
  return processes.alive().empty() && spawners_.empty();
}

void Measurement::finish(const Surroundings& around) {
  collector_.begin_last_round();
  capture_.snapshot(collector_);
  look_for_stuck();
  const std::uint64_t now = monotonic_ns();
  capture_.finish(collector_);
  collector_.settle(true);
  collector_.tell_stalls(nullptr);
  collector_.finish(now);
  const std::size_t left = collector_.processes().alive().size();
  if (around.command && left > 0 && targets_are_gone(around))
    note(fmt::format("the command ended; {} of the processes that it started went on, no longer measured", left));
  around.display.clear();
}

}  // namespace loopstall
