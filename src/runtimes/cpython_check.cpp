#include "runtimes/cpython_find.h"
#include "runtimes/python_types.h"

namespace loopstall {
namespace {

constexpr int kMaxThreads = 4096;

bool code_members_match(const TargetMemory& memory, const PythonLayout& layout) {
  const auto& o = layout.offsets;
  const auto members = type_members(memory, layout.code_type);
  return has_member(members, "co_filename", o.code_filename) &&
         has_member(members, "co_firstlineno", o.code_first_line) &&
         has_member(members, layout.minor >= 11 ? "co_qualname" : "co_name", o.code_name) &&
         has_member(members, layout.minor >= 10 ? "co_linetable" : "co_lnotab", o.code_linetable);
}

bool frame_members_match(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t frame_type) {
  if (layout.minor > 10) return true;  // frames are no objects any more
  const auto& o = layout.offsets;
  const auto members = type_members(memory, frame_type);
  return has_member(members, "f_back", o.frame_begin + o.frame_previous) &&
         has_member(members, "f_code", o.frame_begin + o.frame_code) &&
         (layout.minor == 10 || has_member(members, "f_lasti", o.frame_begin + o.frame_instr));
}

// Each thread state points back to its interpreter: no other memory looks like that by accident.
bool threads_match(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t interp) {
  const auto& o = layout.offsets;
  auto thread = memory.value<std::uint64_t>(interp + o.interp_threads).value_or(0);
  for (int i = 0; i < kMaxThreads; ++i) {
    if (thread == 0) return i > 0;
    if (memory.value<std::uint64_t>(thread + o.thread_interp) != interp) return false;
    thread = memory.value<std::uint64_t>(thread + o.thread_next).value_or(0);
  }
  return true;
}

}  // namespace

Result<> check_python(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t frame_type) {
  if (!type_is_ready(memory, layout.code_type)) return fail("its interpreter has not started");
  if (!code_members_match(memory, layout)) return fail("its code objects are not laid out as in that version");
  if (!frame_members_match(memory, layout, frame_type)) return fail("its frames are not laid out as in that version");
  const auto interp = memory.value<std::uint64_t>(layout.interpreters).value_or(0);
  if (interp == 0) return fail("its interpreter has not started");
  if (!threads_match(memory, layout, interp)) return fail("its threads are not laid out as in that version");
  return {};
}

}  // namespace loopstall
