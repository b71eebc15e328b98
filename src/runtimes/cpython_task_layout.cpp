#include "runtimes/cpython_task_layout.h"

#include "runtimes/cpython_layout.h"
#include "runtimes/python_types.h"

namespace loopstall {
namespace {

// 3.12 and later: the frame is inside the coroutine, its code is the frame's first member (tagged in 3.14).
constexpr PythonTaskOffsets kTable[] = {
    {112, 144, 32, 56, 104, 96, 16, 104, 24, 48},  // 3.8
    {152, 184, 32, 56, 104, 96, 16, 104, 24, 48},  // 3.9
    {160, 192, 24, 48, 96, 88, 48, 40, 16, 72},    // 3.10
    {136, 176, 16, 40, 152, 64, 48, 40, 16, 72},   // 3.11
    {136, 176, 72, 32, 144, 56, 48, 40, 16, 72},   // 3.12
    {120, 144, 72, 32, 144, 56, 48, 40, 16, 72},   // 3.13
    {128, 168, 72, 32, 152, 56, 48, 40, 16, 72},   // 3.14
    {128, 168, 72, 32, 152, 56, 48, 40, 16, 72},   // 3.15
};
constexpr std::int64_t kAsendBytes = 40, kMethodBytes = 48;

bool functions_match(const TargetMemory& memory, std::uint64_t type, const PythonTaskOffsets& o) {
  const auto members = type_members(memory, type);
  return has_member(members, "__globals__", o.func_globals) && has_member(members, "__closure__", o.func_closure);
}

bool methods_match(const TargetMemory& memory, std::uint64_t type) {
  const auto members = type_members(memory, type);
  return has_member(members, "__func__", 16) && has_member(members, "__self__", 24) &&
         type_basicsize(memory, type) == kMethodBytes;
}

// Up to 3.11 the code object is a member of its own; later it is in the frame, which the size and cr_origin hold fast.
bool coroutines_match(const TargetMemory& memory, std::uint64_t type, const PythonTaskOffsets& o) {
  const auto members = type_members(memory, type);
  return type_basicsize(memory, type) == o.coro_bytes && has_member(members, "cr_origin", o.coro_origin) &&
         (members.count("cr_code") == 0 || has_member(members, "cr_code", o.coro_code));
}

}  // namespace

std::optional<PythonTaskOffsets> python_task_offsets(int minor) {
  if (minor < kFirstPythonMinor || minor > kLastPythonMinor) return std::nullopt;
  return kTable[minor - kFirstPythonMinor];
}

Result<> check_task_layout(const TargetMemory& memory, const PythonTaskTypes& types, const PythonTaskOffsets& offsets) {
  if (!coroutines_match(memory, types.coroutine, offsets))
    return fail("its coroutines are not laid out as in that version");
  if (!functions_match(memory, types.function, offsets))
    return fail("its functions are not laid out as in that version");
  if (!methods_match(memory, types.method)) return fail("its methods are not laid out as in that version");
  if (types.asend != 0 && type_basicsize(memory, types.asend) != kAsendBytes)
    return fail("its async generators are not laid out as in that version");
  return {};
}

}  // namespace loopstall
