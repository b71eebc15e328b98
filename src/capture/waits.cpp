#include "capture/waits.h"

#include <boundary.skel.h>
#include <events.h>
#include <fmt/format.h>

#include "base/clock.h"
#include "base/units.h"

namespace loopstall {
namespace {

// Detaching one costs about 3 ms of CPU: a short session is over before, and a long one does not feel it.
constexpr std::uint64_t kLearning = 10 * kSecond;
constexpr std::uint64_t kPatience = 30 * kSecond;  // with a target that is stuck, or waits in other ways

struct WaitSyscall {
  const char* name;
  ls_wait wait;
};

// In which most loops wait, also those that begin later: these stay.
constexpr std::uint32_t kAlwaysNeeded = 1U << LS_WAIT_EPOLL_WAIT | 1U << LS_WAIT_EPOLL_PWAIT;

// Not all exist on every architecture. restart_syscall continues a poll that a signal interrupted.
constexpr std::array<WaitSyscall, 9> kWaitSyscalls = {{{"epoll_wait", LS_WAIT_EPOLL_WAIT},
                                                       {"epoll_pwait", LS_WAIT_EPOLL_PWAIT},
                                                       {"epoll_pwait2", LS_WAIT_EPOLL_PWAIT2},
                                                       {"poll", LS_WAIT_POLL},
                                                       {"restart_syscall", LS_WAIT_POLL},
                                                       {"ppoll", LS_WAIT_PPOLL},
                                                       {"select", LS_WAIT_SELECT},
                                                       {"pselect6", LS_WAIT_PSELECT6},
                                                       {"io_uring_enter", LS_WAIT_IO_URING_ENTER}}};

// Those with one of the waits' bits; poll goes on as restart_syscall.
std::set<std::string> names_of(std::uint32_t waits) {
  std::set<std::string> names;
  for (const WaitSyscall& syscall : kWaitSyscalls)
    if (waits >> syscall.wait & 1U) names.insert(syscall.name);
  return names;
}

}  // namespace

bool WaitProbes::by_function(std::size_t index) const {
  return (boundary_.bss->waits_by_function >> kWaitSyscalls[index].wait & 1U) != 0;
}

void WaitProbes::attach_one(std::size_t index) {
  if (attached_[index].enter || by_function(index)) return;
  const char* name = kWaitSyscalls[index].name;
  const auto leave = tracefs_.syscall_event_id(fmt::format("sys_exit_{}", name));
  const auto enter = tracefs_.syscall_event_id(fmt::format("sys_enter_{}", name));
  if (!leave || !enter) return;
  // The exit first: a wait whose entry was seen must have its return seen.
  Tracepoint both;
  both.leave = attach_tracepoint(boundary_.progs.on_wait_exit, *leave);
  both.enter = attach_tracepoint(boundary_.progs.on_wait_enter, *enter);
  if (both.leave && both.enter) attached_[index] = std::move(both);
}

Result<std::unique_ptr<WaitProbes>> WaitProbes::attach(boundary_bpf& boundary, const CaptureOptions& options) {
  auto tracefs = TraceFs::open();
  if (!tracefs) return tl::unexpected(tracefs.error());
  std::unique_ptr<WaitProbes> waits(new WaitProbes(std::move(*tracefs), boundary, options));
  waits->learn_again(monotonic_ns());
  for (const Tracepoint& tracepoint : waits->attached_)
    if (tracepoint.enter) return waits;
  return system_error(fmt::format("no syscall tracepoint could be attached (tracefs: {})", waits->tracefs_.where()),
                      errno, ExitCode::CannotMeasure);
}

void WaitProbes::learn_again(std::uint64_t now_ns) {
  for (std::size_t i = 0; i < kSyscalls; ++i) attach_one(i);
  learned_ns_ = now_ns + kLearning;
}

// From now on the tracepoints' programs leave their entry to them.
void WaitProbes::take_functions(std::uint64_t now_ns) {
  if (!functions_.take()) return;
  std::uint32_t waits = ~0U;
  for (const WaitSyscall& syscall : kWaitSyscalls)
    if (!functions_.has(syscall.name) && tracefs_.syscall_event_id(fmt::format("sys_enter_{}", syscall.name)))
      waits &= ~(1U << syscall.wait);
  boundary_.bss->waits_by_function = waits;
  boundary_.bss->entered_before = now_ns;
}

// The return of who does would not be seen without the tracepoints.
bool WaitProbes::nobody_waits_since_before() const {
  const auto& bss = *boundary_.bss;
  return bss.entered_before && bss.counted_for == bss.entered_before && !bss.still_waiting;
}

void WaitProbes::update(std::uint32_t seen, bool by_all, std::uint64_t now_ns) {
  const bool learned = now_ns >= learned_ns_ && (by_all || now_ns >= learned_ns_ + kPatience);
  const bool moved = nobody_waits_since_before();
  std::vector<Tracepoint> unused;
  for (std::size_t i = 0; i < kSyscalls; ++i) {
    const bool needed = ((seen | kAlwaysNeeded) >> kWaitSyscalls[i].wait & 1U) != 0;
    if (needed) attach_one(i);
    if (attached_[i].enter && ((!needed && learned) || (moved && by_function(i))))
      unused.push_back(std::exchange(attached_[i], {}));
  }
  if (!unused.empty()) detach(std::move(unused));
  take_functions(now_ns);
  if (learned) functions_.want(names_of(seen | kAlwaysNeeded));
}

void WaitProbes::detach(std::vector<Tracepoint> unused) {
  detaching_.emplace_back([links = std::move(unused)]() mutable { links.clear(); });
}

}  // namespace loopstall
