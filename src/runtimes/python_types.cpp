#include "runtimes/python_types.h"

namespace loopstall {
namespace {

constexpr std::uint64_t kName = 24, kBasicsize = 32, kFlags = 168, kMethods = 232, kMembers = 240, kBase = 256;
constexpr std::uint64_t kReady = 1 << 12;  // Py_TPFLAGS_READY
constexpr std::uint64_t kMaxRows = 64;
constexpr int kMaxBases = 32;

struct Member {
  std::uint64_t name;
  std::int32_t type, pad;
  std::int64_t offset;
  std::int64_t flags;
  std::uint64_t doc;
};
static_assert(sizeof(Member) == 40);

// Rows of a table that ends with a null name, until `take` says that it has seen enough.
template <class Row, class Take>
void for_each_row(const TargetMemory& memory, std::uint64_t table, Take take) {
  for (std::uint64_t i = 0; table != 0 && i < kMaxRows; ++i) {
    const auto row = memory.value<Row>(table + i * sizeof(Row));
    if (!row || row->name == 0 || take(*row)) return;
  }
}

bool has_method(const TargetMemory& memory, std::uint64_t type, std::uint64_t method) {
  const auto table = memory.value<std::uint64_t>(type + kMethods).value_or(0);
  if (table == 0 || method < table || (method - table) % sizeof(MethodDef) != 0) return false;
  std::uint64_t rows = 0;
  for_each_row<MethodDef>(memory, table, [&](const MethodDef&) { return ++rows, false; });
  return (method - table) / sizeof(MethodDef) < rows;
}

}  // namespace

// A byte at a time: what follows the string may not be mapped.
std::string c_string(const TargetMemory& memory, std::uint64_t address) {
  std::string text;
  for (char c = 0; address != 0 && text.size() < kMaxCString && memory.read(address + text.size(), &c, 1) && c != 0;)
    text += c;
  return text;
}

bool type_is_ready(const TargetMemory& memory, std::uint64_t type) {
  return (memory.value<std::uint64_t>(type + kFlags).value_or(0) & kReady) != 0;
}

std::string type_name(const TargetMemory& memory, std::uint64_t type) {
  return c_string(memory, memory.value<std::uint64_t>(type + kName).value_or(0));
}

std::int64_t type_basicsize(const TargetMemory& memory, std::uint64_t type) {
  return memory.value<std::int64_t>(type + kBasicsize).value_or(0);
}

TypeMembers type_members(const TargetMemory& memory, std::uint64_t type) {
  TypeMembers found;
  for_each_row<Member>(memory, memory.value<std::uint64_t>(type + kMembers).value_or(0), [&](const Member& member) {
    found.emplace(c_string(memory, member.name), member.offset);
    return false;
  });
  return found;
}

bool has_member(const TypeMembers& members, std::string_view name, std::uint64_t offset) {
  const auto found = members.find(name);
  return found != members.end() && found->second == static_cast<std::int64_t>(offset);
}

std::uint64_t method_address(const TargetMemory& memory, std::uint64_t type, std::string_view name) {
  const auto table = memory.value<std::uint64_t>(type + kMethods).value_or(0);
  std::uint64_t rows = 0;
  bool found = false;
  for_each_row<MethodDef>(memory, table, [&](const MethodDef& row) {
    found = c_string(memory, row.name) == name;
    rows += !found;
    return found;
  });
  return found ? table + rows * sizeof(MethodDef) : 0;
}

std::optional<MethodDef> type_method(const TargetMemory& memory, std::uint64_t type, std::string_view name) {
  const auto address = method_address(memory, type, name);
  return address ? memory.value<MethodDef>(address) : std::nullopt;
}

std::uint64_t method_owner(const TargetMemory& memory, std::uint64_t type, std::uint64_t method) {
  for (int i = 0; i < kMaxBases && type != 0 && type_is_ready(memory, type); ++i) {
    if (has_method(memory, type, method)) return type;
    type = memory.value<std::uint64_t>(type + kBase).value_or(0);
  }
  return 0;
}

}  // namespace loopstall
