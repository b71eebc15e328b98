#include "runtimes/cpython_debug_offsets.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace loopstall {
namespace {

constexpr char kCookie[] = "xdebugpy";
constexpr std::uint64_t kVersion = 8, kFreeThreaded = 16, kInterpretersHead = 40, kInterpNext = 64, kInterpThreads = 72;
constexpr std::size_t kBytes = 480;  // up to the last field used here

// Where the parts that moved between minor versions begin. Each begins with its own size.
struct Parts {
  std::uint64_t ceval_gil, thread_interp, current_frame, thread_id, interpreter_frame, code_object;
};

Parts parts_of(int minor) {
  if (minor == 13) return {112, 176, 184, 192, 224, 272};
  if (minor == 14) return {120, 200, 208, 216, 248, 312};
  return {120, 200, 208, 240, 312, 376};
}

class Description {
 public:
  bool read(const TargetMemory& memory, std::uint64_t address) {
    return memory.read(address, bytes_.data(), bytes_.size()) &&
           std::memcmp(bytes_.data(), kCookie, sizeof kCookie - 1) == 0;
  }
  std::uint64_t at(std::uint64_t position) const {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes_.data() + position, sizeof value);
    return value;
  }

 private:
  std::array<char, kBytes> bytes_{};
};

bool same_threads(const Description& d, const Parts& p, const PythonOffsets& o) {
  return d.at(p.thread_interp) == o.thread_interp && d.at(p.current_frame) == o.thread_frame &&
         d.at(p.thread_id) == o.thread_id && d.at(p.thread_id + 8) == o.thread_native_id;
}

bool same_frames(const Description& d, const Parts& p, const PythonOffsets& o) {
  const auto frame = p.interpreter_frame;
  return d.at(frame + 8) == o.frame_previous && d.at(frame + 16) == o.frame_code && d.at(frame + 24) == o.frame_instr &&
         d.at(frame + 40) == o.frame_owner;
}

bool same_code(const Description& d, const Parts& p, const PythonOffsets& o) {
  const auto code = p.code_object;
  return d.at(code + 8) == o.code_filename && d.at(code + 24) == o.code_name && d.at(code + 32) == o.code_linetable &&
         d.at(code + 40) == o.code_first_line && d.at(code + 72) == o.code_start;
}

// What is read there, if it can be an offset of a pointer in a big struct.
bool take(std::uint64_t value, std::uint32_t& offset) {
  if (value % 8 != 0 || value > 1U << 20) return false;
  offset = static_cast<std::uint32_t>(value);
  return true;
}

}  // namespace

Result<> apply_debug_offsets(const TargetMemory& memory, std::uint64_t runtime, int minor, PythonOffsets& offsets) {
  Description d;
  if (!d.read(memory, runtime)) return fail("its _Py_DebugOffsets can not be read");
  if (const auto version = d.at(kVersion); version >> 24 != 3 || static_cast<int>(version >> 16 & 0xff) != minor)
    return fail(fmt::format("its _Py_DebugOffsets are of another version ({:#x})", version));
  if (d.at(kFreeThreaded) != 0) return fail("free-threaded builds are not known");
  const Parts p = parts_of(minor);
  if (!same_threads(d, p, offsets) || !same_frames(d, p, offsets) || !same_code(d, p, offsets) ||
      !take(d.at(kInterpretersHead), offsets.runtime_interpreters) || !take(d.at(kInterpNext), offsets.interp_next) ||
      !take(d.at(kInterpThreads), offsets.interp_threads) || !take(d.at(p.ceval_gil), offsets.interp_gil))
    return fail("its layout is not the one that is known");
  return {};
}

}  // namespace loopstall
