// Where a CPython of one minor version keeps what tells whose step it is: offsets as DWARF of x86-64 builds has them
// (3.8 to 3.15, Debian's and pyenv's).
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "runtimes/cpython_memory.h"

namespace loopstall {

struct PythonTaskOffsets {
  std::uint32_t task_coro = 0, task_bytes = 0;  // of _asyncio.Task; bytes: its tp_basicsize
  std::uint32_t coro_code = 0, coro_qualname = 0;
  std::uint32_t coro_bytes = 0, coro_origin = 0;  // tp_basicsize and cr_origin, to check the two before
  std::uint32_t func_code = 0, func_qualname = 0;
  std::uint32_t func_globals = 0, func_closure = 0;  // to check the two before
  bool operator==(const PythonTaskOffsets&) const = default;
};

constexpr std::uint32_t kAsendGenerator = 16;  // async_generator_asend.ags_gen, all versions

std::optional<PythonTaskOffsets> python_task_offsets(int minor);

// Addresses of types.
struct PythonTaskTypes {
  std::uint64_t context = 0;
  std::uint64_t function = 0, method = 0, builtin = 0, cmethod = 0;  // cmethod 0: there is none before 3.9
  std::uint64_t coroutine = 0, generator = 0;
  std::uint64_t asend = 0;  // of async generators; 0: not exported, then they go by their type's name
  bool complete() const { return context && function && method && builtin && coroutine && generator; }
  bool operator==(const PythonTaskTypes&) const = default;
};

// What the types say of themselves: sizes, and members next to the fields that have no name.
Result<> check_task_layout(const TargetMemory& memory, const PythonTaskTypes& types, const PythonTaskOffsets& offsets);

}  // namespace loopstall
