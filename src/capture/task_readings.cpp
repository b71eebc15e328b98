// What the kernel side counted of tasks, as events.
#include "base/clock.h"
#include "capture/map_batch.h"
#include "capture/queues.h"
#include "capture/tasks.h"

namespace loopstall {

static_assert(static_cast<int>(IdentKind::Awaited) == LS_TASK_AWAITED, "IdentKind mirrors enum ls_task_kind");

namespace {

// Reading the buckets of thousands of tasks takes milliseconds: at most a 50th of the time.
constexpr std::uint64_t kBucketsShare = 50;

TaskCounters difference(const ls_task_stat& now, const ls_task_stat& before) {
  TaskCounters delta;
  delta.steps = now.steps - before.steps;
  delta.hold_ns = now.hold_ns - before.hold_ns;
  delta.stalls = now.stalls - before.stalls;
  delta.split.cpu_ns = now.cpu_ns - before.cpu_ns;
  delta.split.blocked_ns = now.blocked_ns - before.blocked_ns;
  delta.split.runqueue_ns = now.runqueue_ns - before.runqueue_ns;
  delta.blame = {now.delayed_ns - before.delayed_ns, now.delayed_max_ns, now.delayed_sockets - before.delayed_sockets};
  return delta;
}

std::uint64_t key_of(const ls_task_bucket_key& key) { return std::uint64_t{key.stat} << 32U | key.bucket; }

}  // namespace

Tasks::Reading& Tasks::reading(std::uint32_t stat) {
  if (readings_.size() <= stat) readings_.resize(std::max<std::size_t>(object_->stats_used(), stat + 1));
  return readings_[stat];
}

void Tasks::announce(std::uint32_t stat, RawTask task, Observer& observer) {
  task.task = TaskId{static_cast<std::uint32_t>(stat_of_.size())};
  stat_of_.push_back(stat);
  Reading& r = reading(stat);
  r.task = task.task;
  observer.on_task(task);
}

void Tasks::on_task(const ls_record_task& record, LoopId loop, Observer& observer) {
  if (!object_ || record.stat >= LS_MAX_TASKS || reading(record.stat).task) return;
  RawTask task;
  task.loop = loop;
  task.pid = static_cast<int>(record.head.pid);
  task.kind = static_cast<IdentKind>(record.kind);
  task.ident = record.ident;
  task.qualname = record.qualname;
  task.class_type = record.class_type;
  task.handle = record.handle;
  task.timer = record.timer != 0;
  announce(record.stat, task, observer);
}

std::optional<RawStep> Tasks::to_step(const ls_record_step& record) const {
  if (record.stat >= readings_.size() || !readings_[record.stat].task) return std::nullopt;
  RawStep step;
  step.task = *readings_[record.stat].task;
  step.pid = static_cast<int>(record.head.pid);
  step.step = record.step;
  step.end_ns = record.head.at_ns;
  step.hold_ns = record.hold_ns;
  step.split.cpu_ns = record.cpu_ns;
  step.split.blocked_ns = record.blocked_ns;
  step.split.runqueue_ns = record.runqueue_ns;
  step.blame = to_blame(record.delayed);
  if (step.hold_ns < LS_DELAYED_NS) step.blame.sockets = 0;
  return step;
}

void Tasks::want_handlers(TaskId task, bool wanted) {
  if (object_ && task.value < stat_of_.size())
    object_->stats[stat_of_[task.value]].handlers = wanted ? LS_HANDLERS_WANTED : LS_HANDLERS_NOT_WANTED;
}

std::vector<std::uint32_t> Tasks::unknown() const {
  std::vector<std::uint32_t> stats;
  const std::uint32_t used = object_ ? object_->stats_used() : 0;
  for (std::uint32_t stat = 0; stat < used; ++stat) {
    const bool known = stat < readings_.size() && readings_[stat].task;
    const std::uint64_t read = stat < readings_.size() ? readings_[stat].last.steps : 0;
    if (!known && object_->stats[stat].steps != read) stats.push_back(stat);
  }
  return stats;
}

// A slot's stat for all that there was no room for, and what did not fit the ring.
void Tasks::announce_others(const std::vector<std::uint32_t>& stats, const LoopsBySlot& loops, Observer& observer) {
  for (const std::uint32_t stat : stats) {
    const ls_task_stat& s = object_->stats[stat];
    const auto loop = loops.find(stat < LS_MAX_LOOPS ? stat : s.slot);
    if (reading(stat).task || loop == loops.end()) continue;
    RawTask task;
    task.loop = loop->second;
    task.kind = static_cast<IdentKind>(s.kind);  // Other for a slot's own
    announce(stat, task, observer);
  }
}

void Tasks::read_buckets() {
  const std::uint64_t start = monotonic_ns();
  each_element<ls_task_bucket_key, struct ls_bucket>(
      bpf_map__fd(object_->skeleton->maps.task_buckets),
      [&](const ls_task_bucket_key& key, const struct ls_bucket& now) {
        struct ls_bucket& before = buckets_[key_of(key)];
        // A step may be in the count but not yet in the sum.
        if ((now.count == before.count && now.sum == before.sum) || key.stat >= LS_MAX_TASKS) return;
        reading(key.stat).buckets.push_back({key.bucket, now.count - before.count, now.sum - before.sum});
        before = now;
      });
  const std::uint64_t end = monotonic_ns();
  buckets_due_ns_ = end + (end - start) * kBucketsShare;
}

void Tasks::tell(std::uint32_t stat, Observer& observer) {
  Reading& r = reading(stat);
  const ls_task_stat now = object_->stats[stat];
  if (!r.task || (now.steps == r.last.steps && r.buckets.empty())) return;
  TaskSample sample;
  sample.task = *r.task;
  sample.delta = difference(now, r.last);
  sample.hold = std::exchange(r.buckets, {});
  sample.min_ns = now.min_ns;
  sample.max_ns = now.max_ns;
  r.last = now;
  observer.on(sample);
}

void Tasks::read(bool with_buckets, Observer& observer) {
  if (!object_) return;
  if (with_buckets || monotonic_ns() >= buckets_due_ns_) read_buckets();
  for (std::uint32_t stat = 0; stat < readings_.size(); ++stat) tell(stat, observer);
}

// The next loop in this slot has an Other of its own.
void Tasks::close_slot(std::uint32_t slot) {
  if (!object_ || slot >= readings_.size()) return;
  readings_[slot].task.reset();
  object_->stats[slot].min_ns = object_->stats[slot].max_ns = object_->stats[slot].delayed_max_ns = 0;
}

}  // namespace loopstall
