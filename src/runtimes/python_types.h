// Type objects of a running CPython. PyTypeObject is the same in 3.8 to 3.15: tp_name 24, tp_basicsize 32, tp_flags
// 168, tp_methods 232, tp_members 240, tp_base 256.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtimes/cpython_memory.h"

namespace loopstall {

// A C string; "" if it can not be read. Longer ones are cut.
constexpr std::size_t kMaxCString = 128;
std::string c_string(const TargetMemory& memory, std::uint64_t address);

bool type_is_ready(const TargetMemory& memory, std::uint64_t type);
std::string type_name(const TargetMemory& memory, std::uint64_t type);  // tp_name, with its module in C
std::int64_t type_basicsize(const TargetMemory& memory, std::uint64_t type);

using TypeMembers = std::map<std::string, std::int64_t, std::less<>>;  // name -> offset in the object
TypeMembers type_members(const TargetMemory& memory, std::uint64_t type);
bool has_member(const TypeMembers& members, std::string_view name, std::uint64_t offset);

// PyMethodDef.
struct MethodDef {
  std::uint64_t name = 0;
  std::uint64_t function = 0;
  std::int32_t flags = 0, pad = 0;
  std::uint64_t doc = 0;
};
static_assert(sizeof(MethodDef) == 32);
// Where the PyMethodDef of that name stands in the type's own table; 0: it is not there.
std::uint64_t method_address(const TargetMemory& memory, std::uint64_t type, std::string_view name);
std::optional<MethodDef> type_method(const TargetMemory& memory, std::uint64_t type, std::string_view name);
// Which of a type and its bases has the PyMethodDef at that address in its table; 0: none.
std::uint64_t method_owner(const TargetMemory& memory, std::uint64_t type, std::uint64_t method);

}  // namespace loopstall
