#include <array>

#include "model/names.h"
#include "report/stall_stacks.h"

namespace loopstall {
namespace {

constexpr std::array<std::string_view, kStackClasses> kNames{
    "runtime_cpu", "native_cpu", "kernel_cpu", "cpu", "asleep", "lock", "gil", "no_cpu", "unknown"};
constexpr std::array<std::string_view, kStackClasses> kTexts{"Python or JavaScript on the CPU",
                                                             "native code on the CPU",
                                                             "kernel on the CPU",
                                                             "on the CPU",
                                                             "asleep in a system call",
                                                             "waiting for a lock",
                                                             "waiting for the GIL",
                                                             "without a CPU",
                                                             "not known"};

StackClass class_on_cpu(const StallStack& stack) {
  if (!has_stack(stack)) return StackClass::Cpu;
  switch (stack.frames.back()->kind) {
    case FrameKind::Python:
      return StackClass::RuntimeCpu;
    case FrameKind::Kernel:
      return StackClass::KernelCpu;
    case FrameKind::Native:
      return StackClass::NativeCpu;
  }
  return StackClass::Unknown;
}

}  // namespace

std::string_view stack_class_name(StackClass c) { return name_in(kNames, c); }
std::string_view stack_class_text(StackClass c) { return name_in(kTexts, c); }

StackClass class_of(const StallStack& stack) {
  switch (stack.cause.kind) {
    case CauseKind::Cpu:
      return class_on_cpu(stack);
    case CauseKind::Lock:
    case CauseKind::Condition:
      return StackClass::Lock;
    case CauseKind::Gil:
      return StackClass::Gil;
    case CauseKind::RunQueue:
    case CauseKind::Throttled:
    case CauseKind::Stopped:
      return StackClass::NoCpu;
    case CauseKind::Unknown:
      return stack.on_cpu ? class_on_cpu(stack) : StackClass::Unknown;
    default:
      return stack.on_cpu ? class_on_cpu(stack) : StackClass::Asleep;
  }
}

}  // namespace loopstall
