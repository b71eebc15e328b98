// What blocked the loops as weighted stacks, from which every flame graph is made. Nothing is left out and nothing is
// counted twice: what no stack is known of is there with a frame that says so.
//
// - A listed stall that kept its looks: its causes, each divided among the looks that show it. The weights add up to
//   its busy time.
// - A listed stall that kept culprit and causes only: what its group's cause took of it has the stack of the group's
//   example, and is marked as estimated.
// - A group's stalls that are not listed: their number and time are exact, their stack is the example's (estimated).
// - Stalls that are counted, but neither listed nor in a group: their number is exact, their time is what the loop's
//   histogram says above the threshold (estimated).
#pragma once

#include <vector>

#include "model/summary.h"

namespace loopstall {

// What the thread did, coarse enough for a colour.
enum class StackClass : std::uint8_t { RuntimeCpu, NativeCpu, KernelCpu, Cpu, Asleep, Lock, Gil, NoCpu, Unknown };
constexpr std::size_t kStackClasses = 9;
std::string_view stack_class_name(StackClass c);  // "runtime_cpu", ...: for programs
std::string_view stack_class_text(StackClass c);  // "Python or JavaScript on the CPU", ...: for people

constexpr std::size_t kNotListed = SIZE_MAX;

struct StallStack {
  std::size_t loop = 0;            // its place in Summary::loops
  std::size_t stall = kNotListed;  // its place in Summary::stalls
  // Outermost first; they belong to the Summary or, if their function is in brackets, to this room. Never empty.
  std::vector<const Frame*> frames{};
  Cause cause{};
  const Culprit* culprit = nullptr;  // the stall's, or its group's; null: there is no evidence
  bool on_cpu = false;
  bool estimated = false;
  std::uint64_t weight_ns = 0;
  std::uint64_t delayed_ns = 0;  // what sockets waited meanwhile: a stall's is divided among its stacks by their weight
  std::uint64_t stalls = 0;  // how many stalls it stands for: of the stacks of one stall the heaviest has 1, others 0
};

// In the order of Summary::stalls, then what is not listed. Weights are not 0.
std::vector<StallStack> stall_stacks(const Summary& summary);

StackClass class_of(const StallStack& stack);
// Whether there is a real stack behind it.
bool has_stack(const StallStack& stack);

}  // namespace loopstall
