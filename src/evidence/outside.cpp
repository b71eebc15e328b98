#include "evidence/outside.h"

#include <fmt/format.h>

#include <array>

#include "runtimes/cpython_walk.h"
#include "target/text.h"

namespace loopstall {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kPages = 4;  // as many as the kernel side copies

// Both kinds, as proc(5) has them: "voluntary_ctxt_switches:\t12", "nonvoluntary_ctxt_switches:\t3".
std::optional<std::uint64_t> context_switches(const ProcFs& proc, const RawSample& look) {
  const auto status = read_text(proc.path(look.pid, fmt::format("task/{}/status", look.tid)));
  if (!status) return std::nullopt;
  std::uint64_t sum = 0;
  for (const auto line : split_at(*status, '\n')) {
    const auto words = split_words(line);
    if (words.size() == 2 && words[0].ends_with("voluntary_ctxt_switches:"))
      sum += parse_number<std::uint64_t>(words[1]).value_or(0);
  }
  return sum;
}

// Page by page: behind the end of the stack there is nothing to read.
std::vector<std::byte> read_stack(const TargetMemory& memory, std::uint64_t begin) {
  std::vector<std::byte> stack;
  std::array<std::byte, kPage> page{};
  for (std::size_t i = 0; i < kPages; ++i) {
    const std::uint64_t from = begin + stack.size();
    const std::size_t length = kPage - from % kPage;
    if (!memory.read(from, page.data(), length)) break;
    stack.insert(stack.end(), page.begin(), page.begin() + static_cast<std::ptrdiff_t>(length));
  }
  return stack;
}

void take_python(RawSample& look, PythonStack stack) {
  look.python = std::move(stack.frames);
  look.python_truncated = stack.truncated;
  look.python_failed = stack.failed;
}

}  // namespace

bool read_from_outside(const ProcFs& proc, const TargetMemory& memory, const std::optional<PythonLayout>& python,
                       RawSample& look) {
  if (!look.outside) return false;
  std::vector<std::byte> stack = read_stack(memory, look.registers.sp);
  PythonStack frames;
  if (python) frames = read_python_stack(memory, *python, {look.outside->thread_pointer, 0});
  if (context_switches(proc, look) != look.outside->switches) return false;
  look.stack_begin = look.registers.sp;
  look.stack = std::move(stack);
  look.stack_truncated = look.stack.size() + kPage > kPages * kPage;
  if (python) take_python(look, std::move(frames));
  look.outside.reset();
  return true;
}

}  // namespace loopstall
