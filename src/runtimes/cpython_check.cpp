#include <fmt/format.h>

#include <map>
#include <string>

#include "runtimes/cpython_find.h"

namespace loopstall {
namespace {

// PyTypeObject, the same in all versions: tp_name 24, tp_flags 168, tp_members 240 (an array that ends with a null
// name).
constexpr std::uint64_t kTypeFlags = 168, kTypeMembers = 240;
constexpr std::uint64_t kReady = 1 << 12;  // Py_TPFLAGS_READY
constexpr int kMaxMembers = 64, kMaxThreads = 4096;
constexpr std::size_t kMaxName = 32;

struct Member {
  std::uint64_t name;
  std::int32_t type, pad;
  std::int64_t offset;
  std::int64_t flags;
  std::uint64_t doc;
};
static_assert(sizeof(Member) == 40);

using Members = std::map<std::string, std::int64_t, std::less<>>;

// A byte at a time: what follows the name may not be mapped.
std::string name_at(const TargetMemory& memory, std::uint64_t address) {
  std::string name;
  for (char c = 0; name.size() < kMaxName && memory.read(address + name.size(), &c, 1) && c != 0;) name += c;
  return name;
}

Members members_of(const TargetMemory& memory, std::uint64_t type) {
  Members found;
  const auto table = memory.value<std::uint64_t>(type + kTypeMembers).value_or(0);
  for (std::uint64_t i = 0; table != 0 && i < kMaxMembers; ++i) {
    const auto member = memory.value<Member>(table + i * sizeof(Member));
    if (!member || member->name == 0) break;
    found.emplace(name_at(memory, member->name), member->offset);
  }
  return found;
}

bool has_member(const Members& members, std::string_view name, std::uint64_t offset) {
  const auto found = members.find(name);
  return found != members.end() && found->second == static_cast<std::int64_t>(offset);
}

bool code_members_match(const TargetMemory& memory, const PythonLayout& layout) {
  const auto& o = layout.offsets;
  const auto members = members_of(memory, layout.code_type);
  return has_member(members, "co_filename", o.code_filename) &&
         has_member(members, "co_firstlineno", o.code_first_line) &&
         has_member(members, layout.minor >= 11 ? "co_qualname" : "co_name", o.code_name) &&
         has_member(members, layout.minor >= 10 ? "co_linetable" : "co_lnotab", o.code_linetable);
}

bool frame_members_match(const TargetMemory& memory, const PythonLayout& layout, std::uint64_t frame_type) {
  if (layout.minor > 10) return true;  // frames are no objects any more
  const auto& o = layout.offsets;
  const auto members = members_of(memory, frame_type);
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
  if ((memory.value<std::uint64_t>(layout.code_type + kTypeFlags).value_or(0) & kReady) == 0)
    return fail("its interpreter has not started");
  if (!code_members_match(memory, layout)) return fail("its code objects are not laid out as in that version");
  if (!frame_members_match(memory, layout, frame_type)) return fail("its frames are not laid out as in that version");
  const auto interp = memory.value<std::uint64_t>(layout.interpreters).value_or(0);
  if (interp == 0) return fail("its interpreter has not started");
  if (!threads_match(memory, layout, interp)) return fail("its threads are not laid out as in that version");
  return {};
}

}  // namespace loopstall
