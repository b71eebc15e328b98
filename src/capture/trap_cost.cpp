#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "capture/task_object.h"

// A function whose first instruction the kernel emulates, as it does those of a target's probes; other instructions are
// single-stepped at ten times the cost.
#if defined(__x86_64__)
asm(".pushsection .text\n.type loopstall_trapped,@function\nloopstall_trapped: push %rbp\npop %rbp\nret\n"
    ".size loopstall_trapped, .-loopstall_trapped\n.popsection");
#else
asm(".pushsection .text\n.type loopstall_trapped,%function\nloopstall_trapped: nop\nret\n"
    ".size loopstall_trapped, .-loopstall_trapped\n.popsection");
#endif
extern "C" void loopstall_trapped();

namespace loopstall {
namespace {

constexpr int kRounds = 5;
constexpr int kCalls = 1000;

// The fastest round: the others were disturbed.
std::uint64_t ns_a_call() {
  std::uint64_t best = UINT64_MAX;
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t start = monotonic_ns();
    for (int i = 0; i < kCalls; ++i) loopstall_trapped();
    best = std::min(best, (monotonic_ns() - start) / kCalls);
  }
  return best;
}

// Where in which file an address of our own comes from.
ProbeSite site_of(std::uint64_t address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::uint64_t begin = 0, end = 0, offset = 0;
    if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64, &begin, &end, &offset) != 3) continue;
    if (address >= begin && address < end)
      return {ProbeSite::What::ContextRun, "/proc/self/exe", address - begin + offset, 0};
  }
  return {};
}

}  // namespace

Uprobe trap_ourselves(const TaskObject& object) {
  const ProbeSite site = site_of(reinterpret_cast<std::uint64_t>(&loopstall_trapped));
  return site.file.empty() ? Uprobe() : attach_uprobe(object.skeleton->progs.on_trap, object.kind, ::getpid(), site, 0);
}

// Before Linux 6.10 a link of the type uprobe_multi runs its program in the process' main thread only (its filter by
// pid compared tasks, commit 46ba0e49b642), so this must be called in another.
std::optional<std::uint64_t> measure_trap(const TaskObject& object) {
  const std::uint64_t without = ns_a_call();
  const Uprobe probe = trap_ourselves(object);
  if (!probe) return std::nullopt;
  const std::uint64_t with = ns_a_call();
  if (!object.skeleton->bss->traps) return std::nullopt;
  return with > without ? with - without : 0;
}

}  // namespace loopstall
