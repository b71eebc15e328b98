#include "report/stack_labels.h"

#include <fmt/format.h>

#include "diagnosis/diagnosis.h"
#include "report/utf8.h"

namespace loopstall {

std::string function_label(const std::string& function) { return function.empty() ? "[no name]" : clean(function); }

std::string frame_label(const Frame& frame) {
  const std::string place = frame.kind == FrameKind::Kernel ? "kernel" : place_text(frame);
  const std::string function = function_label(frame.function);
  return place.empty() ? function : fmt::format("{} ({})", function, clean(place));
}

std::string loop_label(const Loop& loop) {
  const std::string tid = loop.pid == loop.tid ? "" : fmt::format(", tid {}", loop.tid);
  return clean(fmt::format("{} (pid {}{})", loop.comm, loop.pid, tid));
}

std::string state_label(const StallStack& stack) {
  if (stack.on_cpu) return "";
  if (stack.cause.kind == CauseKind::Unknown) return "cause not known";
  return clean("off-CPU: " + cause_text(stack.cause));
}

std::string task_label(const StallStack& stack) {
  if (!stack.culprit || !stack.culprit->known()) return "";
  const Frame& handler = stack.culprit->handler;
  return clean(handler.function.empty() ? stack.culprit->named().function : handler.function);
}

}  // namespace loopstall
