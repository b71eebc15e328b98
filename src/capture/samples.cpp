#include "capture/samples.h"

#include <algorithm>
#include <cstring>
#include <span>

namespace loopstall {
namespace {

static_assert(static_cast<int>(SampleKind::LoopWait) == LS_SAMPLE_LOOP_WAIT, "SampleKind mirrors ls_sample_kind");
static_assert(static_cast<int>(ObjectKind::Anonymous) == LS_OBJECT_ANONYMOUS, "ObjectKind mirrors ls_object_kind");

#if defined(__x86_64__)
constexpr std::size_t kRegisters = 17, kFp = 6, kSp = 7, kPc = 16;
#else
constexpr std::size_t kRegisters = 33, kFp = 29, kSp = 31, kPc = 32;
#endif

Registers to_registers(const ls_record_sample& r) {
  Registers registers;
  std::copy_n(r.registers, kRegisters, registers.dwarf.begin());
  registers.pc = r.registers[kPc];
  registers.sp = r.registers[kSp];
  registers.fp = r.registers[kFp];
  return registers;
}

std::vector<RawPythonFrame> to_frames(const ls_python_stack& stack) {
  std::vector<RawPythonFrame> frames;
  const std::size_t n = std::min<std::size_t>(stack.frames, LS_PYTHON_FRAMES);
  frames.reserve(n);
  for (const ls_python_frame& f : std::span(stack.frame, n))
    frames.push_back({f.code, f.filename, f.name, f.linetable, f.first_line, f.instr});
  return frames;
}

// Text of the target's: any bytes up to the first NUL.
std::string to_name(const char* text, std::size_t size) { return {text, strnlen(text, size)}; }

// An abstract unix address begins with a NUL, which belongs to it.
std::vector<std::string> to_names(const ls_object& o) {
  if (o.kind == LS_OBJECT_SOCKET) {
    if (!o.used) return {};
    const std::size_t used = std::min<std::size_t>(o.used, LS_OBJECT_PATH_BYTES);
    return {o.path[0] ? to_name(o.path, used) : std::string(o.path, used)};
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min<std::size_t>(o.used, LS_OBJECT_NAMES); ++i)
    names.push_back(to_name(o.names[i], LS_OBJECT_NAME_BYTES));
  return names;
}

RawObject to_object(const ls_object& o) {
  if (o.kind == LS_OBJECT_NONE || o.kind > LS_OBJECT_ANONYMOUS) return {};
  RawObject object;
  object.kind = static_cast<ObjectKind>(o.kind);
  object.family = o.family;
  object.protocol = o.protocol;
  object.local_port = o.local_port;
  object.peer_port = o.peer_port;
  std::copy(std::begin(o.local), std::end(o.local), object.local.begin());
  std::copy(std::begin(o.peer), std::end(o.peer), object.peer.begin());
  object.inode = o.inode;
  object.device = o.device;
  object.names = to_names(o);
  object.names_truncated = (o.flags & LS_OBJECT_TRUNCATED) != 0;
  return object;
}

void take_stack(RawSample& sample, const ls_record_sample& r) {
  const auto* bytes = reinterpret_cast<const std::byte*>(r.stack);
  sample.stack_begin = sample.registers.sp;
  const std::size_t most = r.kind == LS_SAMPLE_LOOP_WAIT ? LS_WAIT_STACK_BYTES : LS_STACK_BYTES;
  sample.stack.assign(bytes, bytes + std::min<std::size_t>(r.stack_bytes, most));
  sample.stack_truncated = r.stack_bytes + 4096 > most;
}

void take_python(RawSample& sample, const ls_record_sample& r) {
  sample.python = to_frames(r.python);
  sample.python_truncated = (r.python.flags & LS_PYTHON_TRUNCATED) != 0;
  sample.python_failed = (r.python.flags & LS_PYTHON_FAILED) != 0;
  sample.gil_wait = (r.flags & LS_SAMPLE_GIL) != 0;
  if (!sample.gil_wait) return;
  sample.holder = to_frames(r.holder);
  sample.holder_tid = static_cast<int>(r.holder.tid);
}

}  // namespace

RawSample to_raw_sample(const ls_record_sample& r) {
  RawSample sample;
  sample.pid = static_cast<int>(r.head.pid);
  sample.kind = static_cast<SampleKind>(r.kind);
  sample.step = r.step;
  sample.light = (r.flags & LS_SAMPLE_LIGHT) != 0;
  sample.iteration = r.iteration;
  sample.iteration_start_ns = r.start_ns;
  sample.at_ns = r.head.at_ns;
  sample.length_ns = r.length_ns;
  sample.weight_ns = r.weight_ns;
  sample.stopped = (r.flags & LS_SAMPLE_STOPPED) != 0;
  sample.page_fault = (r.flags & LS_SAMPLE_PAGE_FAULT) != 0;
  sample.syscall = r.syscall < 0 ? -1 : r.syscall;
  std::copy(std::begin(r.args), std::end(r.args), sample.args.begin());
  sample.object = to_object(r.object);
  sample.registers = to_registers(r);
  take_stack(sample, r);
  sample.kernel.assign(r.kernel, r.kernel + std::min<std::size_t>(r.kernel_frames, LS_KERNEL_FRAMES));
  take_python(sample, r);
  if (r.flags & LS_SAMPLE_FROM_OUTSIDE) sample.outside = OutsideView{r.thread_pointer, r.switches};
  return sample;
}

}  // namespace loopstall
