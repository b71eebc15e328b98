#include "runtimes/cpython_walk.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace loopstall {
namespace {

constexpr std::uint64_t kType = 8;  // ob_type
constexpr int kMaxInterpreters = 64;
constexpr std::size_t kMaxThreads = 4096, kMaxFrames = 96,
                      kMaxSteps = 2 * kMaxFrames;  // as probes/python.h and python.bpf.h

class Walk {
 public:
  Walk(const TargetMemory& memory, const PythonLayout& layout) : memory_(memory), layout_(layout), o_(layout.offsets) {}

  PythonStack of(const PythonThread& thread) {
    std::uint64_t found = 0;
    each_thread([&](std::uint64_t state) { return is(state, thread) && (found = state); });
    return of_state(found);
  }

  // The newest stand first in their list, the main thread last.
  std::vector<std::uint64_t> oldest(std::size_t most) const {
    std::vector<std::uint64_t> states;
    each_thread([&](std::uint64_t state) { return states.push_back(state), states.size() == kMaxThreads; });
    std::reverse(states.begin(), states.end());
    states.resize(std::min(states.size(), most));
    return states;
  }

  PythonStack of_state(std::uint64_t state) {
    out_ = {};
    out_.failed = state == 0;
    if (state == 0) return out_;
    if (o_.thread_native_id != 0) out_.tid = memory_.value<std::int32_t>(state + o_.thread_native_id).value_or(0);
    frames_from(first_frame(state));
    return out_;
  }

 private:
  std::uint64_t pointer(std::uint64_t address) const { return memory_.value<std::uint64_t>(address).value_or(0); }

  bool is(std::uint64_t state, const PythonThread& thread) const {
    if (thread.pointer != 0) return pointer(state + o_.thread_id) == thread.pointer;
    return thread.tid != 0 && o_.thread_native_id != 0 &&
           memory_.value<std::int32_t>(state + o_.thread_native_id) == thread.tid;
  }

  // Thread states, until `take` says that it has what it wants.
  template <class Take>
  void each_thread(Take take) const {
    auto interp = pointer(layout_.interpreters);
    for (int i = 0; interp != 0 && i < kMaxInterpreters; ++i, interp = pointer(interp + o_.interp_next)) {
      auto state = pointer(interp + o_.interp_threads);
      for (std::size_t k = 0; state != 0 && k < kMaxThreads; ++k, state = pointer(state + o_.thread_next))
        if (take(state)) return;
    }
  }

  std::uint64_t first_frame(std::uint64_t state) const {
    const auto frame = pointer(state + o_.thread_frame);
    return o_.has_cframe && frame != 0 ? pointer(frame + o_.cframe_frame) : frame;
  }

  void frames_from(std::uint64_t frame) {
    for (std::size_t step = 0; frame != 0; ++step) {
      if (step == kMaxSteps || out_.frames.size() == kMaxFrames) {
        out_.truncated = true;
        return;
      }
      if (!add(frame)) {
        out_.failed = true;
        return;
      }
      frame = part<std::uint64_t>(o_.frame_previous);
    }
  }

  // Reads the frame and, if it is a function's, adds it.
  bool add(std::uint64_t frame) {
    if (!memory_.read(frame + o_.frame_begin, block_.data(), o_.frame_bytes)) return false;
    if (o_.owner_shim != 0 && part<std::uint8_t>(o_.frame_owner) >= o_.owner_shim) return true;
    const auto code = part<std::uint64_t>(o_.frame_code) & ~std::uint64_t{7};  // tagged from 3.14 on
    const auto type = memory_.value<std::uint64_t>(code + kType);
    if (type == layout_.code_type) add_function(code);
    return type.has_value();
  }

  // A code object that the interpreter made for itself has one string for all its names (_Py_MakeShimCode).
  void add_function(std::uint64_t code) {
    auto frame = raw_python_code(memory_, layout_, code);
    if (frame.filename == frame.name) return;
    frame.instr = instr(code);
    out_.frames.push_back(frame);
  }

  std::int32_t instr(std::uint64_t code) const {
    if (o_.lasti_unit != 0) return part<std::int32_t>(o_.frame_instr) * static_cast<std::int32_t>(o_.lasti_unit);
    return static_cast<std::int32_t>(part<std::uint64_t>(o_.frame_instr) - code - o_.code_start);
  }

  template <class T>
  T part(std::uint32_t offset) const {
    T value{};
    std::memcpy(&value, block_.data() + offset, sizeof value);
    return value;
  }

  const TargetMemory& memory_;
  const PythonLayout& layout_;
  const PythonOffsets& o_;
  std::array<std::byte, 128> block_{};
  PythonStack out_;
};

}  // namespace

RawPythonFrame raw_python_code(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t code) {
  const auto& o = layout.offsets;
  const auto pointer = [&](std::uint32_t offset) { return memory.value<std::uint64_t>(code + offset).value_or(0); };
  return {.code = code,
          .filename = pointer(o.code_filename),
          .name = pointer(o.code_name),
          .linetable = pointer(o.code_linetable),
          .first_line = memory.value<std::int32_t>(code + o.code_first_line).value_or(0),
          .instr = 0};
}

PythonStack read_python_stack(const TargetMemory& memory, const PythonLayout& layout, const PythonThread& thread) {
  return Walk(memory, layout).of(thread);
}

std::vector<std::uint64_t> oldest_python_threads(const TargetMemory& memory, const PythonLayout& layout,
                                                 std::size_t most) {
  return Walk(memory, layout).oldest(most);
}

PythonStack read_thread_stack(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t state) {
  return Walk(memory, layout).of_state(state);
}

}  // namespace loopstall
