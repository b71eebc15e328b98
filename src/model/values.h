// Plain measured values, with the arithmetic that makes merging and differencing free.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace loopstall {

// Where busy time went. cpu, blocked and runqueue are each measured on their own (design invariant 3), so
// their sum is a check on busy time and no tautology.
struct Split {
  std::uint64_t cpu_ns = 0;
  std::uint64_t blocked_ns = 0;
  std::uint64_t runqueue_ns = 0;
  std::uint64_t user_samples = 0;    // clock samples that hit user mode ...
  std::uint64_t kernel_samples = 0;  // ... and kernel mode: they only divide cpu_ns, as an estimate
  Split& operator+=(const Split& o);
  Split& operator-=(const Split& o);
  bool operator==(const Split&) const = default;

  // Estimates; 0 when there is no sample.
  std::uint64_t user_ns() const;
  std::uint64_t kernel_ns() const;
};

// What the kernel counted for one loop thread. Deltas and totals are the same type.
struct LoopCounters {
  std::uint64_t iterations = 0;
  std::uint64_t busy_ns = 0;
  std::uint64_t idle_ns = 0;
  std::uint64_t events = 0;     // ready events that the loop waits returned
  std::uint64_t stalls = 0;     // iterations at or above the threshold, exact
  std::uint64_t discarded = 0;  // iterations thrown away because the loop ended or changed (invariant 7)
  Split split;
  LoopCounters& operator+=(const LoopCounters& o);
  LoopCounters& operator-=(const LoopCounters& o);
  bool operator==(const LoopCounters&) const = default;
};

enum class Tier { Iterations, Stacks, Tasks };
std::string_view tier_name(Tier tier);
Tier tier_from_name(std::string_view name);  // Iterations when there is no such tier

// The syscall in which the loop waits; names as in syscalls(2). Numbers are those of probes/events.h.
enum class Wait : std::uint8_t {
  Unknown = 0,
  EpollWait = 1,
  EpollPwait = 2,
  EpollPwait2 = 3,
  Poll = 4,
  Ppoll = 5,
  Select = 6,
  Pselect6 = 7,
  IoUringEnter = 8
};
std::string_view wait_name(Wait wait);       // "epoll_wait", ...; "unknown"
Wait wait_from_name(std::string_view name);  // Unknown when there is no such wait

// loopstall's own cost during the session.
struct Cost {
  std::uint64_t bpf_hits = 0;             // program runs, exact
  std::uint64_t bpf_run_ns = 0;           // estimated from every 64th run of each program
  std::uint64_t bpf_timed_hits = 0;       // the runs it was estimated from
  std::uint64_t collector_cpu_ns = 0;     // this process, all threads
  std::uint64_t collector_rss_bytes = 0;  // at its peak
  std::uint64_t map_bytes = 0;            // BPF maps
  bool operator==(const Cost&) const = default;
};

// Everything that was seen but could not be kept, by kind. The table in lost_kinds() names them for reports.
struct Lost {
  std::uint64_t stall_events = 0;      // stalls counted, but their record did not fit the ring buffer
  std::uint64_t stalls_not_kept = 0;   // stalls counted and seen, but milder than the worst that are kept
  std::uint64_t loops = 0;             // loop threads beyond the capacity
  std::uint64_t threads = 0;           // thread states that could not be allocated
  std::uint64_t storage_misses = 0;    // task storage was busy: one boundary or switch not seen
  std::uint64_t programs_skipped = 0;  // recursion_misses of all programs
  std::uint64_t trace_events = 0;      // test-only full trace: records that did not fit
  std::uint64_t split_incomplete =
      0;                           // iterations whose CPU time is a remainder: no switch had given the CPU clock yet
  std::uint64_t samples_lost = 0;  // looks that did not fit the ring buffer
  std::uint64_t samples_withheld = 0;   // looks that the budget withheld
  std::uint64_t stacks_truncated = 0;   // more stack than was copied
  std::uint64_t stacks_incomplete = 0;  // unwinding ended early
  std::uint64_t frames_unnamed = 0;     // frames without a symbol
  std::uint64_t python_failed = 0;      // Python stacks that could not be walked
  std::uint64_t evidence_dropped = 0;   // stalls that kept culprit and causes, but not their stacks
  std::uint64_t tasks_other = 0;        // steps counted together as "other": there were too many different tasks
  std::uint64_t task_buckets = 0;       // steps counted, but missing in their task's percentiles
  std::uint64_t steps_discarded = 0;    // steps that were open when their loop ended or their probes were taken out
  std::uint64_t step_records = 0;       // long steps counted, but their record did not fit: their handler is not told
  std::uint64_t handlers_not_kept = 0;  // steps counted under their task alone: it had no room for more handlers
  std::uint64_t sockets = 0;            // sockets whose queue delay is not measured
  bool operator==(const Lost&) const = default;
};

struct LostKind {
  std::string_view key;   // JSON key
  std::string_view text;  // for people: what it means for the numbers
  std::uint64_t Lost::*member;
};
const std::array<LostKind, 21>& lost_kinds();

}  // namespace loopstall
