#include <fmt/format.h>

#include <array>

#include "diagnosis/diagnosis.h"

namespace loopstall {
namespace {

struct Words {
  std::string_view label, text;
};

// In the order of CauseKind.
constexpr std::array<Words, 16> kWords{{{"not known", "no look tells what it did"},
                                        {"CPU", "computing"},
                                        {"sleep", "asleep"},
                                        {"socket", "waiting for a socket"},
                                        {"file", "waiting for a file"},
                                        {"pipe", "waiting for a pipe"},
                                        {"lock", "waiting for a lock"},
                                        {"condition", "waiting for another thread"},
                                        {"GIL", "waiting for the GIL"},
                                        {"child", "waiting for a child process"},
                                        {"poll", "waiting for descriptors"},
                                        {"page fault", "waiting for memory to be read in"},
                                        {"stopped", "stopped by a signal, a debugger or a freezer"},
                                        {"run queue", "without a CPU"},
                                        {"CPU quota", "throttled: the CPU quota was used up"},
                                        {"other", "asleep"}}};

const Words& words(CauseKind kind) {
  const auto i = static_cast<std::size_t>(kind);
  return i < kWords.size() ? kWords[i] : kWords[0];
}

}  // namespace

std::string_view cause_label(CauseKind kind) { return words(kind).label; }

std::string cause_text(const Cause& cause) {
  std::string text(words(cause.kind).text);
  if (!cause.syscall.empty() && cause.kind != CauseKind::Gil) text += " in " + cause.syscall;
  return cause.object.empty() ? text : text + ": " + cause.object;
}

std::string place_text(const Frame& frame) {
  if (frame.file.empty()) return frame.module;
  return frame.line ? fmt::format("{}:{}", frame.file, frame.line) : frame.file;
}

}  // namespace loopstall
