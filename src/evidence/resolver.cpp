#include "evidence/resolver.h"

#include <algorithm>

#include "causes/path.h"
#include "evidence/mixed_stack.h"
#include "evidence/outside_loop.h"

namespace loopstall {
namespace {

// As /proc/PID/maps names it: the link's text, whether or not the file still is there.
std::string program_of(const ProcFs& proc, int pid) {
  const auto info = proc.process(pid);
  return info ? info->exe : "";
}

bool is_unnamed(const Frame& frame) { return frame.function.find("!+0x") != std::string::npos; }

bool has_loop(const Stack& stack) {
  return std::any_of(stack.begin(), stack.end(), [](const Frame& f) { return f.role == FrameRole::Loop; });
}

// Only a thread that is in the kernel has a kernel stack worth showing: a clock interrupt's is not the program's.
bool in_kernel(const RawSample& sample) {
  return sample.kind == SampleKind::Sleep || (sample.kind == SampleKind::Cpu && sample.syscall >= 0);
}

// A look at a running thread is taken in our own clock interrupt: what is inside its entry is ours.
void drop_our_interrupt(Stack& stack) {
  const auto is_entry = [](const Frame& frame) {
    return frame.function.starts_with("asm_sysvec_") || frame.function.starts_with("asm_common_interrupt") ||
           frame.function.starts_with("el1h_64_irq") || frame.function.starts_with("el0t_64_irq");
  };
  const auto entry = std::find_if(stack.rbegin(), stack.rend(), is_entry);
  stack.erase(stack.begin(), entry.base());
}

}  // namespace

Resolver::Resolver(const ProcFs& proc, int pid, SymbolSources& sources, const std::optional<PythonLayout>& python)
    : proc_(proc), pid_(pid), sources_(sources), code_(proc, pid, sources.elves), program_(program_of(proc, pid)) {
  if (python) python_ = std::make_unique<PythonNames>(pid, *python);
}

// A little more than the outermost call: the words that its unwinding reads stand right above it.
std::uint64_t Resolver::learn_loop(const RawSample& sample) {
  constexpr std::uint64_t kSlack = 256;
  Native native = unwind(sample);
  std::uint64_t end = 0;
  for (const NativeCall& call : native.calls) end = std::max(end, call.cfa);
  if (runs_uvloop(native.calls) && !sample.python_truncated) callers_[sample.loop] = sample.python;
  loops_[sample.loop] = std::move(native.calls);
  return native.complete && end ? end + kSlack : 0;
}

Resolver::Native Resolver::unwind(const RawSample& sample) {
  const Unwound unwound = code_.unwind(sample.registers, sample.stack_begin, sample.stack);
  Native native;
  native.complete = unwound.end == UnwindEnd::Complete;
  losses_.stacks_truncated += unwound.end == UnwindEnd::Truncated;
  losses_.stacks_incomplete += unwound.end == UnwindEnd::Failed;
  for (const UnwoundFrame& frame : unwound.frames)
    native.calls.push_back({frame.cfa, code_.symbolize(frame.pc, frame.return_address)});
  return native;
}

Stack Resolver::native_stack(const RawSample& sample, const Native& native) const {
  std::vector<NativeCall> calls = native.calls;
  const auto loop = loops_.find(sample.loop);
  assign_native_roles(calls, loop == loops_.end() ? std::vector<NativeCall>{} : loop->second, program_);
  Stack stack;
  for (NativeCall& call : calls) std::move(call.frames.begin(), call.frames.end(), std::back_inserter(stack));
  return stack;
}

Stack Resolver::kernel_stack(const RawSample& sample) {
  Stack stack;
  if (!in_kernel(sample) || !sources_.kernel.available()) return stack;
  for (std::size_t i = 0; i < sample.kernel.size(); ++i)
    stack.push_back(sources_.kernel.frame(sample.kernel[i], i > 0));
  if (sample.kind == SampleKind::Cpu) drop_our_interrupt(stack);
  return stack;
}

Cause Resolver::cause(const RawSample& sample, const Native& native) const {
  CauseContext context;
  for (const NativeCall& call : native.calls) {
    if (context.functions.size() >= 8) break;
    for (const Frame& frame : call.frames) context.functions.push_back(frame.function);
  }
  if (sample.object.kind == ObjectKind::File)
    context.path = complete_path(proc_, pid_, static_cast<int>(sample.args[0]), sample.object).value_or("");
  return cause_of(sample, context);
}

bool Resolver::knows_loop(LoopId loop) const { return loops_.contains(loop); }

Stack Resolver::python_stack(const RawSample& sample, bool in_loop) {
  return python_->stack(sample.python, sample.python_truncated,
                        frames_outside(sample.python, callers_[sample.loop], in_loop));
}

EvidenceSample Resolver::resolve(const RawSample& sample) {
  const Native native = unwind(sample);
  EvidenceSample result;
  result.at_ns = sample.at_ns;
  result.weight_ns = sample.weight_ns;
  result.on_cpu = sample.kind == SampleKind::Cpu;
  result.cause = cause(sample, native);
  Stack python;
  if (python_) {
    python = python_stack(sample, sample.step || runs_uvloop(native.calls));
    losses_.python_failed += sample.python_failed;
    result.holder = python_->stack(sample.holder);
    result.holder_tid = sample.holder_tid;
  }
  result.complete = python.empty() ? native.complete : has_loop(python);
  result.stack = mixed_stack(kernel_stack(sample), native_stack(sample, native), std::move(python));
  losses_.frames_unnamed +=
      static_cast<std::uint64_t>(std::count_if(result.stack.begin(), result.stack.end(), is_unnamed));
  return result;
}

Stack Resolver::step_stack(const RawSample& sample) { return python_ ? python_stack(sample, true) : Stack{}; }

EvidenceLosses Resolver::losses() const { return losses_; }

}  // namespace loopstall
