#include "session/room.h"

#include <algorithm>
#include <thread>

#include "capture/capture.h"

namespace loopstall {
namespace {

constexpr std::size_t kLeast = 32, kOfCommand = 64;
constexpr std::size_t kMost = CaptureOptions{}.loops;

}  // namespace

std::size_t threads_of(const ProcFs& proc, const TargetSet& targets) {
  std::size_t threads = 0;
  for (const ProcessInfo& process : targets.processes) threads += proc.threads(process.pid).size();
  return threads;
}

// Twice the threads: while workers are replaced there are the old and the new ones. Servers that start workers later
// have one or two for each CPU. Loops that there is no room for are counted in lost.loops.
std::uint32_t room_for_loops(std::optional<std::size_t> threads) {
  const std::size_t expected = threads ? 2 * *threads : kOfCommand;
  const std::size_t by_cpus = std::size_t{4} * std::thread::hardware_concurrency();
  return static_cast<std::uint32_t>(std::clamp(std::max(expected, by_cpus), kLeast, kMost));
}

}  // namespace loopstall
