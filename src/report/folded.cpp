// Folded stacks: a line a stack, "outermost;...;innermost MICROSECONDS", as flamegraph.pl and inferno read them. The
// annotations are those of their palette "java": _[j] a runtime's frame (green), _[k] the kernel's (orange), _[i] aqua.
// The last is for the innermost frame of what was off the CPU: it says what the thread waited for.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/units.h"
#include "report/report.h"
#include "report/stack_labels.h"

namespace loopstall {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A number at the end would be taken for a second weight, a differential flame graph's.
void hide_number(std::string& name) {
  std::size_t digits = name.size();
  while (digits && (is_digit(name[digits - 1]) || name[digits - 1] == '.')) --digits;
  if (digits && digits < name.size() && name[digits - 1] == ' ') name[digits - 1] = '_';
}

std::string folded_name(std::string name) {
  std::replace(name.begin(), name.end(), ';', ':');
  hide_number(name);
  return name;
}

std::string_view annotation(const Frame& frame) {
  if (frame.kind == FrameKind::Python) return "_[j]";
  return frame.kind == FrameKind::Kernel ? "_[k]" : "";
}

std::string folded_stack(const StallStack& stack, const Summary& summary) {
  std::string line = folded_name(loop_label(summary.loops[stack.loop].loop));
  for (const Frame* frame : stack.frames)
    line.append(";").append(folded_name(frame_label(*frame))).append(annotation(*frame));
  if (const std::string state = state_label(stack); !state.empty())
    line.append(";").append(folded_name(state)).append("_[i]");
  if (stack.estimated) line.append(";").append(kEstimated);
  return line;
}

}  // namespace

std::string render_folded(const Summary& summary, const ReportStyle&) {
  std::map<std::string, std::uint64_t> weights;
  for (const StallStack& stack : stall_stacks(summary)) weights[folded_stack(stack, summary)] += stack.weight_ns;
  std::string out;
  std::uint64_t ns = 0, written = 0;  // what rounding takes from one line the next one gets
  for (const auto& [stack, weight] : weights) {
    ns += weight;
    const std::uint64_t us = (ns + kMicrosecond / 2) / kMicrosecond - written;
    written += us;
    if (us) out += fmt::format("{} {}\n", stack, us);
  }
  return out;
}

}  // namespace loopstall
